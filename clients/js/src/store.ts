import type { components } from "./api.js";

/** Whether this is a page of a browser. */
export const isPage = typeof document !== "undefined";

/** A session as it is kept. Times are in milliseconds. */
export interface StoredSession {
  accessToken: string;
  /** When the access token expires. */
  expiresAt: number;
  /** From when on it is refreshed before it is used. */
  refreshAt: number;
  refreshToken: string;
  /** The id of the session in `client.sessions()`. */
  refreshTokenId: string;
  user: components["schemas"]["User"];
}

/** Where a session is kept. `localStorage` fits. */
export interface KeyValueStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Kept as long as the page. */
export function memoryStore(): KeyValueStore {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

/** A store of the browser; `undefined` where there is none or where the user forbids it. */
export function browserStore(name: "localStorage" | "sessionStorage"): KeyValueStore | undefined {
  try {
    // Node has objects of these names, too, that warn when they are touched.
    return isPage ? globalThis[name] : undefined;
  } catch {
    return undefined;
  }
}

export function readSession(store: KeyValueStore, key: string): StoredSession | undefined {
  try {
    const session = JSON.parse(store.getItem(key) ?? "null");
    return typeof session?.refreshToken === "string" ? session : undefined;
  } catch {
    return undefined;
  }
}
