// The panel that makes a sign-in fail, once.

import { $, BASE, ask, complain, element, onSubmit, providers } from "./base.js";
import { signIn } from "./sign_in.js";

/**
 * What can be chosen. `name` and `endpoint` are those of the simulator; without a name nothing is armed, and the hint
 * says what to do. `at` lists the providers, `openid` allows those that issue id_tokens.
 */
const FAILURES = {
  "At the provider": [
    { label: "the person says no", hint: "Choose “Say no” on the next page." },
    { label: "an address without proof", at: ["twitch", "spotify", "facebook"], hint: "This provider does not say whether an address is verified. Sign in as Mira at Google once and sign out; then choose Mira here." },
    { label: "a provider that is busy", name: "temporarily_unavailable", hint: "Whoever you choose, the provider says that it cannot answer now." },
    { label: "the same callback twice", name: "page_before_return", at: ["google", "github", "oidc"], hint: "A page with a link comes after your choice. Follow the link, go back to that page, and follow it again." },
  ],
  "On the way back": [
    { label: "the response of another sign-in", name: "other_state", hint: "The state is another one, as when somebody sends you a link to their own sign-in." },
    { label: "another issuer", name: "other_response_issuer", at: ["google", "github", "oidc"], hint: "The response names an issuer that this provider is not: a mix-up attack (RFC 9207)." },
  ],
  "Between the servers": [
    { label: "a wrong client secret", name: "bad_client", hint: "The most frequent mistake in settings." },
    { label: "a code that is refused", name: "bad_code", hint: "The provider does not accept the code that it issued." },
    { label: "another redirect URI", name: "redirect_uri_mismatch", hint: "The redirect URI at the provider is not the registered one." },
    { label: "a token endpoint that fails", name: "server_error", endpoint: "token", hint: "Status 500 and an HTML page instead of tokens." },
    { label: "a profile that cannot be read", name: "malformed_json", endpoint: "userinfo", at: ["github", "gitlab", "discord"], hint: "Half a JSON document." },
    { label: "another person’s profile", name: "other_user", at: ["oidc"], hint: "The id_token is yours, and userinfo is about somebody else." },
  ],
  "An id_token that must not count": [
    { label: "for another app", name: "wrong_audience", openid: true, hint: "Its audience is another client." },
    { label: "of another sign-in", name: "wrong_nonce", openid: true, hint: "Its nonce is not the one that was sent." },
    { label: "expired", name: "expired", openid: true, hint: "It was issued two hours ago." },
    { label: "with a forged signature", name: "wrong_signature", openid: true, hint: "No key of the provider made its signature." },
    { label: "without a signature", name: "unsigned", openid: true, hint: "Its algorithm is “none”." },
  ],
};

const all = Object.values(FAILURES).flat();
const chosen = () => all[$("failure").value];
const simulated = () => providers().filter((button) => "simulated" in button.dataset);

/** Whether a failure shows at a provider. OAuth 1.0a has neither codes nor a state. */
function fits(failure, { dataset: { name, openid } }) {
  if (failure.at) return failure.at.includes(name);
  return failure.openid ? openid !== undefined && name !== "apple" : name !== "twitter";
}

function drawChoice() {
  const failure = chosen();
  const before = $("failure-provider").value;
  const options = simulated().filter((button) => fits(failure, button)).map(({ dataset: { name, label } }) => {
    const option = element("option", "", label);
    option.value = name;
    return option;
  });
  $("failure-provider").replaceChildren(...options);
  const wanted = [before, "google"].find((name) => options.some((option) => option.value === name));
  if (wanted) $("failure-provider").value = wanted;
  $("failure-hint").textContent = failure.hint;
}

/** Ends what an attempt armed, whether it happened or not. */
export const disarm = ({ name }) => ask("DELETE", `${BASE}demo/failures/${encodeURIComponent(name)}`);

export function wireFailures() {
  if (!$("breaking-form")) return;
  const groups = Object.entries(FAILURES).map(([title, failures]) => {
    const group = element("optgroup");
    group.label = title;
    for (const failure of failures.filter((failure) => simulated().some((button) => fits(failure, button)))) {
      const option = element("option", "", failure.label);
      option.value = all.indexOf(failure);
      group.append(option);
    }
    return group;
  });
  $("failure").replaceChildren(...groups.filter((group) => group.childElementCount > 0));
  $("failure").addEventListener("change", drawChoice);
  drawChoice();
  onSubmit($("breaking-form"), async () => {
    const { name, endpoint, label } = chosen();
    const provider = $("failure-provider").value;
    if (name) {
      const path = `${BASE}demo/failures/${encodeURIComponent(provider)}`;
      const answer = await ask("PUT", path, { body: endpoint ? { name, endpoint } : { name } });
      if (!answer.ok) return complain("The failure could not be armed", answer);
    }
    await signIn(provider, name && { name, label });
  });
}
