// Runs the built server in a folder and on a loopback port of its own, as a person would: settings in a file or
// in the environment, and nothing else. What it wrote is kept and shown when a test fails.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** The server as `cargo build` made it, or another one. */
export const PROGRAM = resolve(import.meta.dirname, process.env.VOUCHSAFE_BIN ?? "../../target/debug/vouchsafe");
const TIMEOUT_MS = 20_000;

let nextPort = 20_000 + ((process.pid * 13) % 10_000);

/** A loopback port that nobody listens on, below those that the system hands out by itself, and never the same twice. */
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

/** Leaves a test out, out loud, because something is not installed; under `VOUCHSAFE_TEST_STRICT=1` it fails. */
export function skip(context, what) {
  if (process.env.VOUCHSAFE_TEST_STRICT === "1") throw new Error(`${what}, and VOUCHSAFE_TEST_STRICT=1 allows no skip`);
  console.error(`SKIPPED: ${what}`);
  context.skip(what);
}

/** A folder that is taken away when this process ends. */
export function newFolder() {
  const folder = mkdtempSync(join(tmpdir(), "vouchsafe-e2e-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Asks until the answer is yes. The pause is between two questions, it is not what is waited for. */
export async function waitUntil(what, question) {
  const end = Date.now() + TIMEOUT_MS;
  while (!(await question())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await pause(25);
  }
}

/** One process of the server. */
export class Server {
  #process;
  #log = "";

  constructor(folder, port, env, url) {
    Object.assign(this, { folder, port, env, url });
  }

  /**
   * Starts a server in `folder`. Without `config` it has no configuration but its address; a server that is not
   * reached under its own address has another `publicUrl`.
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
      // Nobody but the tests looks, and they do not wait.
      VOUCHSAFE__SERVER__SHUTDOWN_DELAY: "0s",
      VOUCHSAFE__SERVER__PUBLIC_URL: publicUrl ?? url,
      ...environment,
    };
    const server = new Server(folder, taken, env, url);
    await server.start();
    return server;
  }

  /** Starts it (again): the same folder, the same address. */
  async start() {
    const child = spawn(PROGRAM, [], { cwd: this.folder, env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    // Nothing of a broken run is left behind.
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

  /** All that it wrote. */
  get log() {
    return this.#log || "(the server wrote nothing)";
  }

  /** Ends it the way an operator does; answers its exit code. */
  async stop() {
    return this.#end("SIGTERM");
  }

  /** Ends it the way a power cut does. */
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

  /** Runs a step; if it fails, the log is part of the reason. */
  async explaining(step) {
    try {
      return await step();
    } catch (error) {
      // The stack is what gets printed; it holds the message.
      error.stack += `\n--- what the server wrote ---\n${this.log}`;
      throw error;
    }
  }
}

/** A request as an app makes it: JSON both ways. */
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
