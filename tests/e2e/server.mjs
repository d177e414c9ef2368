// Runs the built server in its own folder and on its own loopback port, with settings in a file or in the
// environment. A failed test shows the server's log.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** The binary of `cargo build`, or `VOUCHSAFE_BIN`. */
export const PROGRAM = resolve(import.meta.dirname, process.env.VOUCHSAFE_BIN ?? "../../target/debug/vouchsafe");
const TIMEOUT_MS = 20_000;

let nextPort = 20_000 + ((process.pid * 13) % 10_000);

/** A free loopback port below the ephemeral range, never the same twice. */
export async function freePort() {
  for (;;) {
    const port = nextPort++;
    const probe = createServer().listen(port, "127.0.0.1");
    const isFree = await once(probe, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}

/** Skips a test with a notice because a program is missing; with `VOUCHSAFE_TEST_STRICT=1` it fails. */
export function skip(context, what) {
  if (process.env.VOUCHSAFE_TEST_STRICT === "1") throw new Error(`${what}, and VOUCHSAFE_TEST_STRICT=1 allows no skip`);
  console.error(`SKIPPED: ${what}`);
  context.skip(what);
}

/** A folder that is removed when this process ends. */
export function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), "vouchsafe-e2e-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Polls until the condition holds. */
export async function waitUntil(what, question) {
  const end = Date.now() + TIMEOUT_MS;
  while (!(await question())) {
    if (Date.now() > end) throw new Error(`timeout: ${what}`);
    await pause(25);
  }
}

/** A server process. */
export class Server {
  #process;
  #log = "";

  constructor(folder, port, env, url) {
    Object.assign(this, { folder, port, env, url });
  }

  /**
   * Starts a server in `folder`. Without `config` only its address is configured; `publicUrl` is for a server behind
   * a proxy.
   */
  static async start(folder, { config, port, publicUrl, environment } = {}) {
    const taken = port ?? (await freePort());
    const url = `http://127.0.0.1:${taken}`;
    if (config) await writeFile(join(folder, "vouchsafe.toml"), config);
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      RUST_BACKTRACE: "1",
      VOUCHSAFE__SERVER__BIND: `127.0.0.1:${taken}`,
      // No proxy watches the readiness here.
      VOUCHSAFE__SERVER__SHUTDOWN_DELAY: "0s",
      VOUCHSAFE__SERVER__PUBLIC_URL: publicUrl ?? url,
      ...environment,
    };
    const server = new Server(folder, taken, env, url);
    await server.start();
    return server;
  }

  /** Starts or restarts it in the same folder and at the same address. */
  async start() {
    const child = spawn(PROGRAM, [], { cwd: this.folder, env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    // Also when the test run breaks off.
    process.once("exit", () => child.kill("SIGKILL"));
    const note = (text) => (this.#log += text);
    child.stdout.setEncoding("utf8").on("data", note);
    child.stderr.setEncoding("utf8").on("data", note);
    child.on("error", (error) => note(`${error}\n`));
    try {
      await waitUntil("the server answers", async () => {
        if (child.exitCode !== null || child.pid === undefined) throw new Error("the server ended at once");
        const answer = await fetch(`${this.url}/healthz`).catch(() => undefined);
        return answer?.ok && (await answer.json()) === "OK";
      });
    } catch (error) {
      throw new Error(`${error.message}\n${this.log}`);
    }
  }

  /** Its output. */
  get log() {
    return this.#log || "(the server wrote nothing)";
  }

  /** Sends SIGTERM; returns the exit code. */
  async stop() {
    return this.#end("SIGTERM");
  }

  /** Sends SIGKILL. */
  async kill() {
    return this.#end("SIGKILL");
  }

  async #end(signal) {
    const child = this.#process;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, "exit");
    }
    return child.exitCode;
  }

  /** Runs a step; adds the log to its error. */
  async explaining(step) {
    try {
      return await step();
    } catch (error) {
      // The printed stack contains the message.
      error.stack += `\n--- what the server wrote ---\n${this.log}`;
      throw error;
    }
  }
}

/** Sends a JSON request and reads a JSON response. */
export async function ask(url, { method = "GET", bearer, body, headers = {} } = {}) {
  const answer = await fetch(url, {
    method,
    redirect: "manual",
    headers: {
      ...(body && { "content-type": "application/json" }),
      ...(bearer && { authorization: `Bearer ${bearer}` }),
      ...headers,
    },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json().catch(() => undefined) };
}
