import { VouchsafeError } from "./error.js";

export interface Call {
  method?: "DELETE";
  /** The request is a POST if there is one. */
  body?: unknown;
  bearer?: string;
  headers?: Record<string, string>;
  /** Whether cookies are sent and kept: for the flow of a link. */
  credentials?: "include";
}

/** Sends a request; an answer that is no success becomes a `VouchsafeError`. */
export async function send<T>(fetcher: typeof fetch, url: string, call: Call = {}): Promise<T> {
  const { body, bearer, credentials = "omit" } = call;
  const headers: Record<string, string> = { ...call.headers };
  if (bearer) headers["authorization"] = `Bearer ${bearer}`;
  const init: RequestInit = { method: call.method ?? "GET", credentials, headers };
  if (body) {
    init.method = "POST";
    init.body = JSON.stringify(body);
    headers["content-type"] = "application/json";
  }
  const response = await fetcher(url, init).catch((cause: unknown) => {
    throw new VouchsafeError("network", "No answer", { cause });
  });
  const { status } = response;
  const value = await response.json().catch(() => undefined);
  if (response.ok && value !== undefined) return value as T;
  const { error = "unexpected-answer", message = `The server answered ${status}`, reason, flow, url: mendedAt } = value ?? {};
  const retryAfter = Number(response.headers.get("retry-after") ?? NaN);
  throw new VouchsafeError(error, message, { status, reason, flow, url: mendedAt, ...(retryAfter >= 0 && { retryAfter }) });
}
