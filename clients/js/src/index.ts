/** Signs users in with Vouchsafe: PKCE, one refresh across tabs, provider tokens, links, sessions. */

import type { components, operations } from "./api.js";
import * as attempts from "./attempt.js";
import { VouchsafeError } from "./error.js";
import { type Call, send } from "./http.js";
import { browserStore, isPage, type KeyValueStore, memoryStore, readSession, type StoredSession } from "./store.js";

export { VouchsafeError } from "./error.js";
export type { ClientErrorCode, ServerErrorCode } from "./error.js";
export type { KeyValueStore, StoredSession } from "./store.js";

type Schemas = components["schemas"];
type Answer<T extends keyof operations> = operations[T] extends {
  responses: { 200: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

export type User = Schemas["User"];
export type ProviderTokens = Schemas["ProviderSession"];
export type ProviderToken = Answer<"getProviderToken">;
export type Provider = Answer<"listProviders">["providers"][number];
export type Identity = Answer<"listIdentities">["providers"][number];
export type SessionSummary = Answer<"listSessions">["sessions"][number];

export interface Options {
  /** Where the routes of the server are, such as `https://auth.example.com` or `https://auth.example.com/v1`. */
  url: string;
  /** Where the session is kept: `local` for all tabs and after a restart, `memory` for this page. Default: `local`. */
  storage?: "local" | "memory" | KeyValueStore;
  /** How long before its end an access token is refreshed, in seconds. Default: 30. */
  refreshAhead?: number;
  fetch?: typeof fetch;
}

export interface StartOptions {
  /** Where the browser comes back to; the server must allow it. Default: this page, without its query. */
  redirectTo?: string;
  /** Start as somebody new: a known user is refused with `user-already-exists`. */
  signUp?: boolean;
  /** More parameters of the start, such as `locale` or `metadata`. */
  parameters?: Record<string, string>;
}

export interface TokenOptions {
  /** The `providerUserId` of one of several accounts at the provider. */
  account?: string;
  /** For how many seconds the token must be valid at least. */
  minValidity?: number;
  /** What it must give access to. */
  scopes?: string[];
}

/** With which the browser came back. */
export interface Returned {
  kind: "signed-in" | "linked";
  provider: string;
  session: StoredSession | undefined;
}

type Listener = (session: StoredSession | undefined) => void;

/** What tabs tell each other. */
const SIGNED_OUT = "signed-out";

/** How long a tab waits for a change of the storage that another tab has made, in milliseconds. */
const MAX_STORAGE_DELAY = 500;

export class Vouchsafe {
  readonly #url: string;
  readonly #key: string;
  readonly #fetch: typeof fetch;
  readonly #ahead: number;
  readonly #store: KeyValueStore;
  readonly #attempts: KeyValueStore;
  readonly #listeners = new Set<Listener>();
  #channel: BroadcastChannel | undefined;
  #refreshing: Promise<StoredSession> | undefined;

  constructor({ url, storage = "local", refreshAhead = 30, fetch: fetcher }: Options) {
    this.#url = url.replace(/\/+$/, "");
    this.#key = `vouchsafe:${this.#url}`;
    this.#fetch = fetcher ?? ((...request) => fetch(...request));
    this.#ahead = refreshAhead * 1000;
    const shared = typeof storage === "object" ? storage : storage === "local" && browserStore("localStorage");
    this.#store = shared || memoryStore();
    this.#attempts = browserStore("sessionStorage") ?? memoryStore();
    // Without a channel, tabs notice what others did when they read the session.
    if (!isPage || !("BroadcastChannel" in globalThis)) return;
    this.#channel = new BroadcastChannel(this.#key);
    this.#channel.onmessage = ({ data }) => {
      // Tabs that keep the session in memory share nothing but its end.
      if (!shared && data === SIGNED_OUT) this.#store.removeItem(this.#key);
      this.#changed();
    };
  }

  /** The session, whose access token may have expired. */
  get session(): StoredSession | undefined {
    return readSession(this.#store, this.#key);
  }

  /** Calls `listener` when the session changes, in this tab or in another; returns what stops that. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Stops the messages of other tabs. */
  close(): void {
    this.#channel?.close();
    this.#listeners.clear();
  }

  /** The providers, for buttons. */
  async providers(): Promise<Provider[]> {
    return (await this.#send<Answer<"listProviders">>("/providers")).providers;
  }

  /** The URL that starts a sign-in. The same tab must come back with its answer. */
  async signInUrl(provider: string, options: StartOptions = {}): Promise<string> {
    const verifier = attempts.randomText();
    const codeChallenge = await attempts.challengeOf(verifier);
    const state = attempts.keep(this.#attempts, this.#key, { kind: "sign-in", provider, verifier });
    const redirectTo = options.redirectTo ?? here();
    const query = new URLSearchParams({ ...options.parameters, ...(redirectTo && { redirectTo }), state, codeChallenge });
    return `${this.#url}/${options.signUp ? "signup" : "signin"}/provider/${encode(provider)}?${query}`;
  }

  /** Goes to the provider. */
  async signIn(provider: string, options: StartOptions = {}): Promise<void> {
    location.assign(await this.signInUrl(provider, options));
  }

  /**
   * Picks up the answer of a sign-in or a link from the page's URL, and removes it there. `undefined` if there is none;
   * a failed sign-in throws.
   */
  async handleReturn(href?: string): Promise<Returned | undefined> {
    const returned = attempts.read(this.#attempts, this.#key, href ?? location.href);
    if (!returned) return undefined;
    if (href === undefined) history.replaceState(history.state, "", returned.url);
    if (returned.failure) throw returned.failure;
    const { attempt, code } = returned;
    const { provider } = attempt;
    if (attempt.kind === "link") return { kind: "linked", provider, session: this.session };
    const body = { code, codeVerifier: attempt.verifier };
    const { session } = await this.#send<Answer<"exchangeCode">>("/token/exchange", { body });
    return { kind: "signed-in", provider, session: this.#keep(session) };
  }

  /** An access token that is valid for a while; `undefined` if nobody is signed in. */
  async accessToken(): Promise<string | undefined> {
    const { session } = this;
    if (!session) return undefined;
    return this.#isDue(session) ? (await this.refresh()).accessToken : session.accessToken;
  }

  /** Refreshes the session. Tabs that do so at the same time share one request. */
  async refresh(): Promise<StoredSession> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** The user as the server knows them now. */
  async user(): Promise<User> {
    return this.#authorized("/user");
  }

  /** The providers with which the user can sign in. */
  async identities(): Promise<Identity[]> {
    return (await this.#authorized<Answer<"listIdentities">>("/user/providers")).providers;
  }

  /** Goes to the provider to link it; the session must have begun a short while ago. */
  async link(provider: string, { redirectTo = here() }: { redirectTo?: string } = {}): Promise<void> {
    const state = attempts.keep(this.#attempts, this.#key, { kind: "link", provider });
    const body = { state, ...(redirectTo && { redirectTo }) };
    const path = `/link/provider/${encode(provider)}`;
    const { url } = await this.#authorized<Schemas["AuthorizationUrl"]>(path, { body, credentials: "include" });
    location.assign(url);
  }

  /** Unlinks a provider, or of several accounts there the one with this `providerUserId`. */
  async unlink(provider: string, account?: string): Promise<void> {
    const query = account === undefined ? "" : `?account=${encode(account)}`;
    await this.#authorized(`/user/providers/${encode(provider)}${query}`, { method: "DELETE" });
  }

  /** The provider's tokens, which the server hands out once. A lost answer is asked for again. */
  async providerTokens(provider: string): Promise<ProviderTokens> {
    const path = `/signin/provider/${encode(provider)}/callback/tokens`;
    const call = { headers: { "idempotency-key": attempts.randomText() } };
    return this.#authorized<ProviderTokens>(path, call).catch((error: unknown) => {
      if (error instanceof VouchsafeError && error.code === "network") return this.#authorized(path, call);
      throw error;
    });
  }

  /** New tokens of the provider, for its refresh token that the app kept. */
  async refreshProviderTokens(provider: string, refreshToken: string): Promise<ProviderTokens> {
    return this.#authorized(`/token/provider/${encode(provider)}`, { body: { refreshToken } });
  }

  /**
   * A valid access token of a provider whose tokens the server keeps. A failure with `url` is mended there by the user.
   */
  async providerToken(provider: string, { account, minValidity, scopes }: TokenOptions = {}): Promise<ProviderToken> {
    const query = new URLSearchParams();
    if (account !== undefined) query.set("account", account);
    if (minValidity !== undefined) query.set("min_validity", String(minValidity));
    if (scopes?.length) query.set("scopes", scopes.join(" "));
    return this.#authorized(`/user/providers/${encode(provider)}/token?${query}`);
  }

  /** Where the user is signed in. */
  async sessions(): Promise<SessionSummary[]> {
    return (await this.#authorized<Answer<"listSessions">>("/user/sessions")).sessions;
  }

  async endSession(id: string): Promise<void> {
    await this.#authorized(`/user/sessions/${encode(id)}`, { method: "DELETE" });
  }

  /** Signs out in all tabs; with `all`, wherever the user is signed in. */
  async signOut({ all = false } = {}): Promise<void> {
    const { session } = this;
    if (!session) return;
    // With `all` a refusal must not look like a success.
    if (all) await this.#authorized("/signout", { body: { all } });
    this.#forget();
    if (!all) await this.#send("/signout", { body: { refreshToken: session.refreshToken } });
  }

  #send<T>(path: string, call?: Call): Promise<T> {
    return send<T>(this.#fetch, this.#url + path, call);
  }

  async #authorized<T>(path: string, call: Call = {}): Promise<T> {
    const bearer = await this.accessToken();
    if (bearer === undefined) throw nobody();
    return this.#send<T>(path, { ...call, bearer });
  }

  #isDue(session: StoredSession): boolean {
    return Date.now() >= session.refreshAt;
  }

  async #refresh(): Promise<StoredSession> {
    const before = this.session;
    if (!before) throw nobody();
    const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
    // Without locks two tabs may ask at once: the server answers both alike for some seconds.
    if (!locks) return this.#refreshFrom(before);
    const isFree = { ifAvailable: true };
    const first = await locks.request(this.#key, isFree, (lock) => lock && this.#refreshFrom(before));
    return first ?? locks.request(this.#key, () => this.#settled(before).then(() => this.#refreshFrom(before)));
  }

  /** Waits for what the tab wrote that held the lock: browsers show it to other tabs some time after the lock is free. */
  async #settled(before: StoredSession): Promise<void> {
    const end = Date.now() + MAX_STORAGE_DELAY;
    while (this.session?.refreshToken === before.refreshToken && Date.now() < end) {
      await new Promise((resume) => setTimeout(resume, 20));
    }
  }

  async #refreshFrom(before: StoredSession): Promise<StoredSession> {
    const { session } = this;
    if (!session) throw nobody();
    // Another tab was faster.
    if (session.refreshToken !== before.refreshToken && !this.#isDue(session)) return session;
    const { refreshToken } = session;
    try {
      const next = await this.#send<Answer<"refreshSession">>("/token", { body: { refreshToken } });
      const current = this.session;
      // Signed out meanwhile: the answer must not sign in again.
      if (!current) throw nobody();
      // Another tab was faster, and its change of the storage arrived even later.
      return current.refreshToken === refreshToken ? this.#keep(next) : current;
    } catch (error) {
      const isOver = error instanceof VouchsafeError && (error.status === 401 || error.status === 403);
      if (isOver && this.session?.refreshToken === refreshToken) this.#forget();
      throw error;
    }
  }

  #keep(session: Schemas["Session"]): StoredSession {
    const { accessTokenExpiresIn, ...rest } = session;
    const [now, lifetime] = [Date.now(), accessTokenExpiresIn * 1000];
    // Half of a short lifetime, so that a new token is not due at once.
    const kept = { ...rest, expiresAt: now + lifetime, refreshAt: now + Math.max(lifetime - this.#ahead, lifetime / 2) };
    this.#store.setItem(this.#key, JSON.stringify(kept));
    this.#channel?.postMessage("changed");
    this.#changed();
    return kept;
  }

  #forget(): void {
    this.#store.removeItem(this.#key);
    this.#channel?.postMessage(SIGNED_OUT);
    this.#changed();
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener(this.session);
  }
}

const encode = encodeURIComponent;

function nobody(): VouchsafeError {
  return new VouchsafeError("not-signed-in", "Nobody is signed in");
}

/** This page, without what follows its path. */
function here(): string | undefined {
  return isPage ? location.origin + location.pathname : undefined;
}
