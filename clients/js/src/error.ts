import type { components } from "./api.js";

/** A code of the server. */
export type ServerErrorCode = components["schemas"]["ErrorCode"];

/**
 * A code of this client: the server was not reached, its answer cannot be read, nobody is signed in, or the page was
 * opened with an answer that this browser tab did not ask for.
 */
export type ClientErrorCode = "network" | "unexpected-answer" | "not-signed-in" | "unknown-attempt";

/** What went wrong. Hooks of an embedding app may add codes of their own. */
export class VouchsafeError extends Error {
  override readonly name = "VouchsafeError";
  /** The status of the answer; 0 if there was none, or if it came as a redirect. */
  readonly status: number = 0;
  /** What to change in the request, for developers. */
  declare readonly reason?: string;
  /** The sign-in, for the operator of the server. */
  declare readonly flow?: string;
  /** Where the browser mends what is missing: the user signs in at the provider once more. */
  declare readonly url?: string;
  /** Seconds until the same request may succeed. */
  declare readonly retryAfter?: number;

  constructor(
    readonly code: ServerErrorCode | ClientErrorCode | (string & {}),
    message: string,
    more: Partial<Pick<VouchsafeError, "status" | "reason" | "flow" | "url" | "retryAfter" | "cause">> = {},
  ) {
    super(message);
    Object.assign(this, more);
  }

  /** Whether the same request may succeed later. */
  get isTemporary(): boolean {
    return this.code === "network" || this.status === 429 || this.status >= 500;
  }
}
