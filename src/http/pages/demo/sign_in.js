// Going to a provider and coming back: what an app does, with the service's public routes only.

import { $, API, BASE, ask, complain, element, facts, flowLink, labelOf, leaveFor, providers, say, store } from "./base.js";
import { disarm } from "./failures.js";

/** The service's error codes, explained to the user. */
const MEANINGS = {
  "invalid-state": ["This sign-in has expired", "It took too long, was already finished, or began in another browser. Start again."],
  "invalid-request": ["The provider’s answer does not count", "It did not pass the checks, so nothing was stored. Start again."],
  "unverified-user": ["Your email is not verified", "The provider does not say that the email is yours, so it cannot open the account that has verified it."],
  "email-already-in-use": ["That email has an account", "Sign in the way you did before and link this provider from there."],
  "user-already-exists": ["You already have an account", "Sign in the way you did before."],
  "disabled-user": ["This account is disabled", "Ask the operator of this service."],
  "disabled-endpoint": ["This provider is disabled", "Choose another one."],
  "signup-disabled": ["No new accounts at the moment", "Only users who have an account can sign in here."],
  "oauth-token-echange-failed": ["The provider refused its own code", "It returned a code and then did not accept it. Start again."],
  "oauth-profile-fetch-failed": ["The provider did not return your profile", "Signing in worked, fetching your profile did not. Start again."],
  "provider-account-already-linked": ["Already linked", "That account at the provider is linked to another user."],
  "redirectTo-not-allowed": ["This page may not be returned to", "Add its URL to client.allowed_redirect_urls."],
};

/** Parameters that hold a credential. */
const CREDENTIALS = ["refreshToken", "code"];

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = (length) => base64url(crypto.getRandomValues(new Uint8Array(length)));
const sha256 = async (text) => new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));

/** Remembers that this tab leaves, and returns the parameters that go with it. */
async function depart(attempt) {
  const kept = { ...attempt, state: random(16), since: new Date().toISOString() };
  const query = { redirectTo: `${location.origin}${BASE}`, state: kept.state };
  // A browser has no WebCrypto on plain http, loopback excepted.
  if (attempt.kind !== "link" && $("pkce").checked && crypto.subtle) {
    kept.verifier = random(32);
    query.codeChallenge = base64url(await sha256(kept.verifier));
  }
  store.set("attempt", kept);
  return query;
}

/** Signs in at a provider. `failure` is what was armed there. */
export async function signIn(name, failure) {
  const query = await depart({ kind: "sign-in", name, label: labelOf(name), failure });
  leaveFor(`${API}/signin/provider/${encodeURIComponent(name)}`, query);
}

/** Links a provider: the service answers with the URL to which the app sends its browser. */
export async function link(name, bearer) {
  const body = await depart({ kind: "link", name, label: labelOf(name) });
  const answer = await ask("POST", `${API}/link/provider/${encodeURIComponent(name)}`, { body, bearer });
  if (!answer.ok) return complain("The link could not be started", answer);
  const url = new URL(answer.body.url);
  const state = url.searchParams.get("state");
  if (state) {
    // The id of a flow is the beginning of the hash of its state.
    const hash = [...(await sha256(state)).slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0"));
    store.set("attempt", { ...store.get("attempt"), flow: hash.join("") });
  }
  location.assign(url);
}

/** The link to the service's own sign-in page takes along what an app would give it. */
export function wireSignInPage() {
  const page = document.querySelector('nav a[href="signin"]');
  page?.addEventListener("click", async (event) => {
    event.preventDefault();
    leaveFor(`${BASE}signin`, await depart({ kind: "sign-in", name: null, label: "The provider" }));
  });
}

export function wireProviders() {
  $("pkce").disabled = !crypto.subtle;
  for (const button of providers()) button.addEventListener("click", () => signIn(button.dataset.name));
}

/** What the URL of this page brings; answers whether the tab is signed in anew. */
export async function arrive() {
  const back = new URLSearchParams(location.search);
  const attempt = store.get("attempt") ?? {};
  const { refreshToken, code, error } = Object.fromEntries(back);
  if (![...back.keys()].some((key) => [...CREDENTIALS, "error", "state", "linked"].includes(key))) return;
  // At once, before anything can fail: what came in the address must not stay in the history.
  history.replaceState(null, "", location.pathname);
  store.drop("attempt");
  if (attempt.failure) await disarm(attempt);
  if (error) return explain(error, back, attempt);
  if (!attempt.state || back.get("state") !== attempt.state) {
    return say("bad", "This response belongs to another sign-in", "This tab did not start it, so it was not used. Start again.");
  }
  if (attempt.kind === "link") {
    const flow = attempt.flow && flowLink(attempt.flow);
    return say("good", `${attempt.label} is linked`, "You agreed on the service’s own page. From now on both ways lead into this account.", flow);
  }
  if (refreshToken) {
    const answer = await ask("POST", `${API}/token`, { body: { refreshToken } });
    if (!answer.ok) return complain("The refresh token was not accepted", answer);
    return begin(answer.body, attempt, "You returned with a refresh token in the URL; this page removed it and exchanged it for a session.");
  }
  if (code && attempt.verifier) {
    const answer = await ask("POST", `${API}/token/exchange`, { body: { code, codeVerifier: attempt.verifier } });
    if (!answer.ok || !answer.body?.session) return complain("The code was not accepted", answer);
    return begin(answer.body.session, attempt, "You returned with a code; only this tab had the verifier to exchange it.");
  }
  if (code) return say("bad", "The code verifier is missing", "The service sent a code, but this tab has no verifier for it. Start again.");
  showOutcome(back, "A callback counts once. The second one gets the same redirect, without a credential.");
  say("", "This callback was used before", "Somebody opened the provider’s response a second time; the first time counts.");
}

async function begin(session, attempt, how) {
  const { name, label, since, failure } = attempt;
  store.set("session", session);
  store.set("provider", { name, label });
  const query = name ? { since, provider: name } : { since };
  const answer = await ask("GET", `${BASE}demo/flow`, { bearer: session.accessToken, query });
  const link = answer.body?.flow && flowLink(answer.body.flow);
  const armed = failure ? ` The failure “${failure.label}” did not keep you out.` : "";
  say("good", "You are signed in", `${label} identified you. ${how}${armed}`, link);
}

function explain(error, back, attempt) {
  const atProvider = back.get("provider_error");
  const detail = [error, atProvider, back.get("provider_error_description")].filter(Boolean).join(" · ");
  const stray = back.has("state") && back.get("state") !== attempt.state ? " (This tab did not start that sign-in.)" : "";
  const link = back.get("flow") && flowLink(back.get("flow"));
  showOutcome(back, "What a person sees is up to your app: this page shows the message above.");
  if (error === "access-denied") return say("", "Not linked", `You declined the link, and nothing changed.${stray}`, detail, link);
  if (["access_denied", "user_cancelled_login", "user_cancelled_authorize"].includes(atProvider)) {
    return say("", "Sign-in cancelled", `You cancelled at ${attempt.label ?? "the provider"}; nothing was stored.${stray}`, detail, link);
  }
  const [title, text] = MEANINGS[error] ?? ["Signing in did not work", back.get("errorDescription") ?? "The service gave no reason."];
  const armed = attempt.failure ? ` You chose “${attempt.failure.label}”.` : "";
  say("bad", title, text + armed + stray, detail, link);
}

/** The parameters that an app gets. */
function showOutcome(back, page) {
  const entries = [...back].filter(([name, value]) => value && !CREDENTIALS.includes(name));
  $("outcome").replaceChildren(...facts(entries.map(([name, value]) => [element("code", "", name), value])));
  $("outcome-page").textContent = page;
  $("outcome-card").hidden = false;
}
