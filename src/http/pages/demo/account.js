// Being signed in: the user, the session, the provider's tokens, linked providers and other sessions.

import { $, API, ask, complain, element, facts, iconOf, labelOf, onClick, onSubmit, pretty, providers, say, shortened, store } from "./base.js";
import { link } from "./sign_in.js";

const CARDS = ["signed-in", "session-card", "linked-card", "sessions-card"];
const RESULTS = ["tokens-card", "whoami-card"];

function claimsOf(token) {
  const part = (token.split(".")[1] ?? "e30").replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
}

const secondsLeft = (session) => Math.floor((claimsOf(session.accessToken).exp ?? 0) - Date.now() / 1000);

async function refresh() {
  const answer = await ask("POST", `${API}/token`, { body: { refreshToken: store.get("session").refreshToken } });
  if (answer.ok) store.set("session", answer.body);
  else if (answer.status === 401) forget();
  return answer;
}

/** A request with the access token, which is renewed before it expires. */
async function authorized(method, path, options = {}) {
  if (secondsLeft(store.get("session")) < 5) {
    const answer = await refresh();
    if (!answer.ok) return answer;
  }
  return ask(method, `${API}${path}`, { ...options, bearer: store.get("session").accessToken });
}

/** Shows what is true now: signed out, or signed in as whom. */
export async function draw() {
  const isSignedIn = Boolean(store.get("session"));
  const linked = isSignedIn ? await authorized("GET", "/user/providers") : undefined;
  const session = store.get("session");
  $("signed-out").hidden = Boolean(session);
  if ($("breaking-card")) $("breaking-card").hidden = Boolean(session);
  for (const id of CARDS) $(id).hidden = !session;
  if (!session) {
    for (const id of RESULTS) $(id).hidden = true;
    for (const id of ["tokens-result", "whoami-result", "claims", "refresh-token"]) $(id).textContent = "";
    return;
  }
  $("outcome-card").hidden = true;
  const identities = linked.body?.providers ?? [];
  drawUser(session.user, identities);
  $("claims").textContent = pretty(claimsOf(session.accessToken));
  // The beginning names the session and stays; the end changes with each rotation.
  $("refresh-token").textContent = `…${session.refreshToken.slice(-6)}`;
  tick();
  drawLinked(identities);
  await drawSessions();
}

/** A profile without a name yields the provider's id as the display name, which is no heading. */
function headingOf(user, identities) {
  const isId = identities.some((identity) => identity.providerUserId === user.displayName);
  return (isId ? "" : user.displayName) || user.email || "A user without a name";
}

function drawUser(user, identities) {
  const heading = headingOf(user, identities);
  $("user-name").textContent = heading;
  $("user-email").textContent = heading === user.email ? "" : user.email ?? "no address";
  $("user-verified").textContent = user.emailVerified ? "verified" : "not verified";
  $("user-verified").className = `badge ${user.emailVerified ? "good" : ""}`;
  $("user-verified").hidden = !user.email;
  drawAvatar(heading, user.avatarUrl);
  const newest = identities.toSorted((one, other) => other.lastSeenAt.localeCompare(one.lastSeenAt))[0];
  const provider = store.get("provider")?.name ?? newest?.provider;
  if (provider) store.set("provider", { name: provider, label: labelOf(provider) });
  $("facts").replaceChildren(...facts([
    ["Signed in with", provider ? labelOf(provider) : "unknown"],
    ["Roles", (user.roles ?? []).map((role) => (role === user.defaultRole ? `${role} (default)` : role)).join(", ")],
    ["Language", user.locale ?? "unknown"],
    ["Created", user.createdAt ? new Date(user.createdAt).toLocaleString() : "unknown"],
    ["Id", user.id],
  ]));
}

function drawAvatar(name, url) {
  const initials = name.split(/[\s@.]+/).filter(Boolean).slice(0, 2).map((part) => [...part][0].toUpperCase()).join("");
  $("avatar").replaceChildren(initials);
  // A picture at the provider would be the one thing that this page fetches from beyond this machine.
  if (!url || new URL(url, location.href).origin !== location.origin) return;
  const picture = element("img");
  picture.alt = "";
  picture.addEventListener("load", () => $("avatar").replaceChildren(picture));
  picture.src = url;
}

function drawLinked(identities) {
  $("linked").replaceChildren(...identities.map(({ provider, email, emailVerified }) => {
    const text = element("span", "what", element("b", "", labelOf(provider)));
    text.append(element("span", "soft", email ? `${email}${emailVerified ? "" : ", not verified"}` : "no address"));
    const line = element("li", "", element("span", "icon", iconOf(provider)), text);
    if (identities.length > 1) {
      const button = element("button", "small", "Unlink");
      button.setAttribute("aria-label", `Unlink ${labelOf(provider)}`);
      button.dataset.testid = `unlink-${provider}`;
      onClick(button, () => unlink(provider));
      line.append(button);
    }
    return line;
  }));
  $("last-way").hidden = identities.length !== 1;
  const names = identities.map(({ provider }) => provider);
  const others = providers().map(({ dataset }) => dataset).filter(({ name }) => !names.includes(name));
  $("link-provider").replaceChildren(...others.map(({ name, label }) => {
    const option = element("option", "", label);
    option.value = name;
    return option;
  }));
  $("link-form").hidden = others.length === 0;
}

async function unlink(provider) {
  const answer = await authorized("DELETE", `/user/providers/${encodeURIComponent(provider)}`);
  if (!answer.ok) return complain("Unlinking did not work", answer);
  await draw();
  say("good", `${labelOf(provider)} is unlinked`, "It no longer opens this account, and its stored tokens are being revoked.");
  $("message").focus();
}

async function drawSessions() {
  const answer = await authorized("GET", "/user/sessions");
  const sessions = answer.body?.sessions ?? [];
  const time = (text) => new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  $("sessions").replaceChildren(...sessions.map(({ id, createdAt, lastUsedAt, isCurrent }) => {
    const text = element("span", "what", element("b", "", isCurrent ? "This tab" : "Another browser or tab"));
    text.append(element("span", "soft", `since ${time(createdAt)}, last used ${time(lastUsedAt)}`));
    const line = element("li", "", text);
    line.dataset.testid = isCurrent ? "session-current" : "session-other";
    if (!isCurrent) {
      const button = element("button", "small", "End");
      button.setAttribute("aria-label", `End the session of ${time(createdAt)}`);
      onClick(button, () => endSession(id));
      line.append(button);
    }
    return line;
  }));
}

async function endSession(id) {
  const answer = await authorized("DELETE", `/user/sessions/${encodeURIComponent(id)}`);
  if (!answer.ok) return complain("The session could not be ended", answer);
  await drawSessions();
  say("good", "That session has ended", "Its refresh token and its access token are no longer accepted.");
  $("message").focus();
}

/** How long the access token is still valid. */
export function tick() {
  const session = store.get("session");
  if (!session) return;
  const seconds = secondsLeft(session);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  $("countdown").textContent = seconds > 0 ? `expires in ${clock}` : "expired, refresh the session";
}

function forget() {
  store.drop("session");
  store.drop("provider");
}

async function leave(title, text) {
  forget();
  await draw();
  say("", title, text);
  $("message").focus();
}

/** The provider's tokens, of which the page shows only the beginning. */
function withShortTokens(body) {
  const short = ([key, value]) => [key, /Token$/.test(key) && value ? shortened(value) : value];
  return Object.fromEntries(Object.entries(body ?? {}).map(short));
}

async function fetchTokens() {
  const { name, label } = store.get("provider");
  const answer = await authorized("GET", `/signin/provider/${encodeURIComponent(name)}/callback/tokens`);
  const spent = answer.status === 400 && answer.body?.error === "invalid-request";
  if (!answer.ok && !spent) return complain("The tokens could not be fetched", answer);
  $("tokens-title").textContent = spent ? "Already fetched" : `Tokens from ${label}`;
  $("tokens-note").textContent = spent
    ? "The provider’s tokens can be fetched once per sign-in. This is the error:"
    : "The service has deleted them; your app keeps them from now on. This page shows their beginning. Fetch again to see the error.";
  $("tokens-result").textContent = pretty(spent ? answer.body : withShortTokens(answer.body));
  $("tokens-card").hidden = false;
  if (spent) say("", "Already fetched", "The tokens were fetched already. Sign in again to get new ones.");
  else say("good", "Tokens fetched", `They give access to your account at ${label}. The service has deleted them.`);
}

async function whoAmI() {
  const answer = await authorized("GET", "/user");
  if (!answer.ok) return complain("The service does not know you", answer);
  $("whoami-result").textContent = pretty(answer.body);
  $("whoami-card").hidden = false;
  say("good", "User found", "The service verified your access token.");
}

export function wireAccount() {
  onClick($("fetch-tokens"), fetchTokens);
  onClick($("whoami"), whoAmI);
  onClick($("refresh"), async () => {
    const answer = await refresh();
    await draw();
    if (!answer.ok) return complain("The session could not be refreshed", answer);
    say("good", "Session refreshed", "There is a new access token, and the refresh token was rotated.");
  });
  onClick($("signout"), async () => {
    const answer = await ask("POST", `${API}/signout`, { body: { refreshToken: store.get("session").refreshToken } });
    if (!answer.ok) return complain("Signing out did not work", answer);
    await leave("You are signed out", "The refresh token is revoked, and this tab has deleted the session.");
  });
  onClick($("signout-all"), async () => {
    const answer = await authorized("POST", "/signout", { body: { all: true } });
    if (!answer.ok) return complain("Signing out did not work", answer);
    await leave("You are signed out everywhere", "All your sessions have ended, those of other browsers too.");
  });
  onSubmit($("link-form"), () => link($("link-provider").value, store.get("session").accessToken));
}
