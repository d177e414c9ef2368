// What a tab keeps from the start of a sign-in or a link until the browser comes back.

import { VouchsafeError } from "./error.js";
import type { KeyValueStore } from "./store.js";

export interface Attempt {
  kind: "sign-in" | "link";
  provider: string;
  /** The PKCE verifier of a sign-in. */
  verifier?: string;
}

/** What the server adds to the URL of the app. */
const ADDED = /^(code|state|flow|linked|error(Description)?|provider_(state|error.*))$/;

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
}

export function randomText(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** The S256 challenge of a verifier (RFC 7636). */
export async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

const key = (prefix: string, state: string) => `${prefix}:${state}`;

/** Keeps an attempt; returns its `state`. */
export function keep(store: KeyValueStore, prefix: string, attempt: Attempt): string {
  const state = randomText();
  store.setItem(key(prefix, state), JSON.stringify(attempt));
  return state;
}

export interface Returned {
  attempt: Attempt;
  code: string | undefined;
  /** The URL without what the server added. */
  url: string;
  failure: VouchsafeError | undefined;
}

/** Reads what the server added to the URL; `undefined` if it is not an answer of the server. */
export function read(store: KeyValueStore, prefix: string, href: string): Returned | undefined {
  const url = new URL(href);
  const given = (name: string) => url.searchParams.get(name) ?? undefined;
  const [code, state, error, flow] = [given("code"), given("state"), given("error"), given("flow")];
  const kept = state && store.getItem(key(prefix, state));
  if (!code && !error && !kept) return undefined;
  const message = given("errorDescription") ?? "The sign-in failed";
  for (const name of [...url.searchParams.keys()]) if (ADDED.test(name)) url.searchParams.delete(name);
  if (state) store.removeItem(key(prefix, state));
  let failure: VouchsafeError | undefined;
  if (error) failure = new VouchsafeError(error, message, flow ? { flow } : {});
  // A code that another page asked for would sign this user in as somebody else.
  else if (!kept) failure = new VouchsafeError("unknown-attempt", "This tab did not start this sign-in");
  return { attempt: kept ? JSON.parse(kept) : undefined, code, url: url.href, failure };
}
