// The demo page: signs in through the service's own public routes and shows what comes of it. It keeps the
// session in this tab (sessionStorage), writes text only as text, and lists every request but never a token.
"use strict";

/** Where the page is mounted, with a slash at its end. */
const BASE = new URL(".", location.href).pathname;
const API = `${BASE}v1`;
const $ = (id) => document.getElementById(id);

/** Values of this tab that survive a reload and the way to the provider and back. */
const store = {
  get: (key) => JSON.parse(sessionStorage.getItem(`vouchsafe.${key}`) ?? "null"),
  set: (key, value) => sessionStorage.setItem(`vouchsafe.${key}`, JSON.stringify(value)),
  drop: (key) => sessionStorage.removeItem(`vouchsafe.${key}`),
};

/** The service's error codes, explained to the user. */
const MEANINGS = {
  "invalid-state": ["This sign-in has expired", "It took too long, was already finished, or began in another browser. Start again."],
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

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = (length) => base64url(crypto.getRandomValues(new Uint8Array(length)));

async function challengeOf(verifier) {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(hash));
}

function claimsOf(token) {
  const part = (token.split(".")[1] ?? "e30").replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const pretty = (value) => JSON.stringify(value, null, 2);

function say(kind, title, text, detail) {
  const message = $("message");
  message.className = `message ${kind}`;
  message.replaceChildren(element("b", "", title), element("span", "", text));
  if (detail) message.append(element("br"), element("code", "", detail));
  message.hidden = false;
}

/** A refusal in the service's words, for people. */
function complain(title, answer) {
  const { error, message } = answer.body ?? {};
  say("bad", title, message ?? "The service gave no reason.", [answer.status, error].filter(Boolean).join(" "));
}

// ------------------------------------------------------------------ requests and their log

function note(method, path, outcome, kind) {
  const log = [{ method, path, outcome, kind }, ...(store.get("log") ?? [])].slice(0, 20);
  store.set("log", log);
  drawLog(log);
}

function drawLog(log) {
  $("log-empty").hidden = log.length > 0;
  $("log").replaceChildren(...log.map((entry) => {
    const line = element("li");
    const path = element("code", "path");
    // A long path may break before a slash, not inside a word.
    path.append(...entry.path.split(/(?=\/)/).flatMap((part) => [element("wbr"), part]));
    line.append(element("span", "", entry.method), path, element("span", `outcome ${entry.kind}`, entry.outcome));
    return line;
  }));
}

/** One request; answers `{ok, status, body}` and never throws. Paths carry no secrets, so they may be shown. */
async function ask(method, path, { body, bearer } = {}) {
  const headers = { accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  const began = performance.now();
  try {
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
    const answer = { ok: response.ok, status: response.status, body: await response.json().catch(() => null) };
    note(method, path, `${answer.status} · ${Math.round(performance.now() - began)} ms`, answer.ok ? "good" : "bad");
    return answer;
  } catch {
    note(method, path, "no answer", "bad");
    return { ok: false, status: 0, body: { message: "The service did not answer. Is it still running?" } };
  }
}

/** Runs what a button does; the button rests meanwhile. */
function onClick(id, action) {
  $(id).addEventListener("click", async () => {
    $(id).disabled = true;
    await action().finally(() => ($(id).disabled = false));
  });
}

// ------------------------------------------------------------------ going to a provider

async function drawProviders() {
  // A browser has no WebCrypto on plain http, loopback excepted.
  $("pkce").disabled = !crypto.subtle;
  const answer = await ask("GET", `${BASE}demo/providers`);
  if (!answer.ok) return complain("No list of providers", answer);
  $("providers").replaceChildren(...answer.body.providers.map(({ name, label }) => {
    const button = element("button");
    button.dataset.testid = `signin-${name}`;
    button.setAttribute("aria-label", `Continue with ${label}`);
    button.append(element("span", `dot ${name}`), element("span", "", label));
    button.addEventListener("click", () => leaveFor(name, label));
    return button;
  }));
}

async function leaveFor(name, label) {
  const attempt = { name, label, state: random(16) };
  const query = new URLSearchParams({ redirectTo: `${location.origin}${BASE}`, state: attempt.state });
  if ($("pkce").checked) {
    attempt.verifier = random(32);
    query.set("codeChallenge", await challengeOf(attempt.verifier));
  }
  store.set("attempt", attempt);
  const path = `${API}/signin/provider/${encodeURIComponent(name)}`;
  note("GET", path, "left", "");
  location.assign(`${path}?${query}`);
}

// ------------------------------------------------------------------ coming back

async function arrive() {
  const back = new URLSearchParams(location.search);
  const attempt = store.get("attempt") ?? {};
  const { refreshToken, code, error } = Object.fromEntries(back);
  if (!refreshToken && !code && !error) return;
  // At once, before anything can fail: what came in the address must not stay in the history.
  history.replaceState(null, "", location.pathname);
  store.drop("attempt");
  if (error) return explain(error, back, attempt);
  if (!attempt.state || back.get("state") !== attempt.state) {
    return say("bad", "This response belongs to another sign-in", "This tab did not start it, so it was not used. Start again.");
  }
  if (refreshToken) {
    const answer = await ask("POST", `${API}/token`, { body: { refreshToken } });
    if (!answer.ok) return complain("The refresh token was not accepted", answer);
    begin(answer.body, attempt);
    say("good", "You are signed in", `${attempt.label} identified you. You returned with a refresh token in the URL; this page removed it and exchanged it for a session.`);
  } else if (!attempt.verifier) {
    say("bad", "The code verifier is missing", "The service sent a code, but this tab has no verifier for it. Start again.");
  } else {
    const answer = await ask("POST", `${API}/token/exchange`, { body: { code, codeVerifier: attempt.verifier } });
    if (!answer.ok || !answer.body?.session) return complain("The code was not accepted", answer);
    begin(answer.body.session, attempt);
    say("good", "You are signed in", `${attempt.label} identified you. You returned with a code; only this tab had the verifier to exchange it.`);
  }
}

function explain(error, back, attempt) {
  const atProvider = back.get("provider_error");
  const detail = [error, atProvider, back.get("provider_error_description")].filter(Boolean).join(" · ");
  const stray = back.has("state") && back.get("state") !== attempt.state ? " (This tab did not start that sign-in.)" : "";
  if (error === "access-denied") return say("", "Not linked", `You declined the link, and nothing changed.${stray}`, detail);
  if (atProvider === "access_denied") {
    return say("", "Sign-in cancelled", `You cancelled at ${attempt.label ?? "the provider"}; nothing was stored.${stray}`, detail);
  }
  const [title, text] = MEANINGS[error] ?? ["Signing in did not work", back.get("errorDescription") ?? "The service gave no reason."];
  say("bad", title, text + stray, detail);
}

function begin(session, { name, label }) {
  store.set("session", session);
  store.set("provider", { name, label });
}

// ------------------------------------------------------------------ being signed in

function draw() {
  const session = store.get("session");
  $("signed-out").hidden = Boolean(session);
  $("signed-in").hidden = $("session-card").hidden = !session;
  if (!session) {
    $("tokens-card").hidden = $("whoami-card").hidden = true;
    for (const id of ["tokens-result", "whoami-result", "claims", "refresh-token"]) $(id).textContent = "";
    return drawProviders();
  }
  const { user } = session;
  const name = user.displayName || user.email || "Somebody";
  $("user-name").textContent = name;
  $("user-email").textContent = user.email ?? "no address";
  $("user-verified").textContent = user.emailVerified ? "verified" : "not verified";
  $("user-verified").className = `badge ${user.emailVerified ? "good" : ""}`;
  $("user-verified").hidden = !user.email;
  drawAvatar(name, user.avatarUrl);
  const facts = {
    "Provider": store.get("provider")?.label ?? "unknown",
    Roles: (user.roles ?? []).map((role) => (role === user.defaultRole ? `${role} (default)` : role)).join(", "),
    Language: user.locale ?? "unknown",
    "Created": user.createdAt ? new Date(user.createdAt).toLocaleString() : "unknown",
    Id: user.id,
  };
  $("facts").replaceChildren(...Object.entries(facts).flatMap(([key, value]) => [element("dt", "", key), element("dd", "", value)]));
  $("claims").textContent = pretty(claimsOf(session.accessToken));
  showRefreshToken(false);
  tick();
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

function showRefreshToken(shown) {
  $("refresh-token").textContent = shown ? store.get("session").refreshToken : "••••••••-••••";
  $("show-refresh-token").textContent = shown ? "hide" : "show";
  $("show-refresh-token").setAttribute("aria-pressed", String(shown));
}

function tick() {
  const session = store.get("session");
  if (!session) return;
  const seconds = Math.floor((claimsOf(session.accessToken).exp ?? 0) - Date.now() / 1000);
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  $("countdown").textContent = seconds > 0 ? `expires in ${clock}` : "expired, refresh the session";
}

onClick("fetch-tokens", async () => {
  const { name, label } = store.get("provider");
  const path = `${API}/signin/provider/${encodeURIComponent(name)}/callback/tokens`;
  const answer = await ask("GET", path, { bearer: store.get("session").accessToken });
  const spent = answer.status === 400 && answer.body?.error === "invalid-request";
  if (!answer.ok && !spent) return complain("The tokens could not be fetched", answer);
  $("tokens-title").textContent = spent ? "Already fetched" : `Tokens from ${label}`;
  $("tokens-note").textContent = spent
    ? "The provider’s tokens can be fetched once per sign-in. This is the error:"
    : "The service has deleted them; your app keeps them from now on. Fetch again to see the error.";
  $("tokens-result").textContent = pretty(answer.body);
  $("tokens-card").hidden = false;
  if (spent) say("", "Already fetched", "The tokens were fetched already. Sign in again to get new ones.");
  else say("good", "Tokens fetched", `They give access to your account at ${label}. The service has deleted them.`);
});

onClick("refresh", async () => {
  const answer = await ask("POST", `${API}/token`, { body: { refreshToken: store.get("session").refreshToken } });
  if (answer.ok) {
    store.set("session", answer.body);
    draw();
    return say("good", "Session refreshed", "There is a new access token, and the refresh token was rotated.");
  }
  complain("The session could not be refreshed", answer);
  if (answer.status === 401) leave();
});

onClick("whoami", async () => {
  const answer = await ask("GET", `${API}/user`, { bearer: store.get("session").accessToken });
  if (!answer.ok) return complain("The service does not know you", answer);
  $("whoami-result").textContent = pretty(answer.body);
  $("whoami-card").hidden = false;
  say("good", "User found", "The service verified your access token.");
});

onClick("signout", async () => {
  const answer = await ask("POST", `${API}/signout`, { body: { refreshToken: store.get("session").refreshToken } });
  if (!answer.ok) return complain("Signing out did not work", answer);
  leave();
  say("", "You are signed out", "The refresh token is revoked, and this tab has deleted the session.");
  $("message").focus();
});

function leave() {
  store.drop("session");
  store.drop("provider");
  draw();
}

$("show-refresh-token").addEventListener("click", () => {
  showRefreshToken($("show-refresh-token").getAttribute("aria-pressed") !== "true");
});

(async () => {
  drawLog(store.get("log") ?? []);
  await arrive();
  draw();
  setInterval(tick, 1000);
})();
