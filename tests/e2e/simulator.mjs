// Runs the built `vouchsafe-simulator` on a free port, and controls it as a test of any app would.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

/** The binary of `cargo build`, or `VOUCHSAFE_SIMULATOR_BIN`. */
const PROGRAM = resolve(
  import.meta.dirname,
  process.env.VOUCHSAFE_SIMULATOR_BIN ?? "../../target/debug/vouchsafe-simulator",
);

/** Where the clients of these tests are called back; nothing listens there, because redirects are not followed. */
export const CALLBACK = "http://127.0.0.1:9/callback";

/** A client of these tests, registered in `start`; its secret has characters that must be encoded in a header. */
export const CLIENT = { id: "e2e-client", secret: "a secret: with + / % and = in it" };

/** The tenant of the persona `mira` at Microsoft. */
export const TENANT = "11111111-2222-4333-8444-555555555555";

export class Simulator {
  /** Starts a simulator with the client of these tests. */
  static async start() {
    const child = spawn(PROGRAM, ["--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
    process.once("exit", () => child.kill("SIGKILL"));
    const simulator = new Simulator();
    simulator.child = child;
    const [line] = await Promise.race([
      once(child.stdout, "data"),
      once(child, "error").then(([error]) => Promise.reject(error)),
      once(child, "exit").then(([code]) => Promise.reject(new Error(`the simulator ended with ${code}`))),
    ]);
    simulator.url = /http:\/\/\S+/.exec(line.toString())[0];
    await simulator.reset();
    return simulator;
  }

  /** Issuer and endpoints of a provider. */
  async provider(name) {
    return this.#call("GET", `providers/${name}`);
  }

  /** Makes a provider fail: `fail("google", "server_error", { endpoint: "token", times: 1 })`. */
  async fail(provider, name, more = {}) {
    return this.#call("PUT", `providers/${provider}/failure`, { name, ...more });
  }

  async recover(provider) {
    return this.#call("DELETE", `providers/${provider}/failure`);
  }

  async counts() {
    return this.#call("GET", "counts");
  }

  /** Forgets everything but the client of these tests. */
  async reset() {
    await this.#call("POST", "reset");
    await this.#call("POST", "clients", { ...CLIENT, redirect_uris: [] });
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill();
    await once(this.child, "exit");
  }

  async #call(method, path, body) {
    const answer = await fetch(`${this.url}control/${path}`, { method, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  }
}

/** What the provider's page does when somebody is chosen: the address that the browser is sent to. */
export async function consent(authorizationUrl, person = "mira") {
  const url = new URL(authorizationUrl);
  url.searchParams.set("login_hint", person);
  const answer = await fetch(url, { redirect: "manual" });
  const location = answer.headers.get("location");
  if (!location) throw new Error(`no redirect: ${answer.status} ${await answer.text()}`);
  return new URL(location);
}
