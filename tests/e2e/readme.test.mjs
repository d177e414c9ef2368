// Runs the commands of the README and of the pages that it leads to, and compares their output.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";

import { ask, newFolder, PROGRAM, Server } from "./server.mjs";

/** The text of a section of a document. */
async function section(document, title) {
  const whole = await readFile(resolve(import.meta.dirname, "../..", document), "utf8");
  const text = whole.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  assert.ok(text, `${document}: a section ${title}`);
  return text;
}

/** The fenced blocks of a language. */
const blocks = (text, language) =>
  [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, name]) => name === language).map(([, , body]) => body);

/** Commands and what they print: `[{ command, output }]`. */
const commands = (block) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => ({ command: part.split("\n")[0], output: part.split("\n").slice(1).join("\n") }));

/** Replaces what differs between runs: ids, times, the start of a token. */
const normalise = (text) =>
  text
    .trim()
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, "<id>")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replace(/(ya29\.|1\/\/0)[\w-]+…/g, "<token>");

/** Runs commands in one shell in a folder; returns the output of each. */
async function run(folder, steps, env = {}) {
  const script = ["set -euo pipefail", ...steps.map(({ command }) => `${command}\nprintf '\\f'`)].join("\n");
  const options = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, ...env } };
  const { stdout } = await promisify(execFile)("bash", ["-c", script], options);
  return stdout.split("\f").slice(0, -1);
}

describe("the documented commands", () => {
  it("shows the start-up output", async (context) => {
    const server = await Server.start(newFolder());
    context.after(() => server.stop());
    const [{ command, output }] = commands(blocks(await section("README.md", "Run it"), "console")[0]);
    assert.equal(command, "cargo run");
    assert.ok(server.log.includes(output.trim().replaceAll("http://127.0.0.1:4000", server.url)), server.log);
  });

  it("shows commands with their output", async (context) => {
    const folder = newFolder();
    const server = await Server.start(folder);
    context.after(() => server.stop());
    await server.explaining(async () => {
      const text = blocks(await section("docs/front-end.md", "By hand"), "console").join("").replaceAll("http://127.0.0.1:4000", server.url);
      const steps = commands(text);
      assert.ok(steps.length >= 9, `${steps.length} commands`);
      const printed = await run(folder, steps);
      for (const [index, { command, output }] of steps.entries()) {
        assert.equal(normalise(printed[index]), normalise(output), command);
      }
    });
  });

  it("shows settings that start a service in production", async (context) => {
    const folder = newFolder();
    const text = await section("docs/production.md", "Keys and settings");
    await run(folder, commands(blocks(text, "console")[0]));
    const config = blocks(text, "toml")[0];
    for (const [, file] of config.matchAll(/"(\w+\.secret)"/g)) {
      await writeFile(join(folder, file), "what the provider gave us\n");
      await chmod(join(folder, file), 0o600);
    }
    const publicUrl = "https://auth.example.com/v1";
    assert.ok(config.includes(publicUrl));
    const server = await Server.start(folder, { config, publicUrl });
    context.after(() => server.stop());
    await server.explaining(async () => {
      for (const provider of ["google", "forge"]) {
        const { status, headers } = await ask(`${server.url}/v1/signin/provider/${provider}`);
        assert.equal(status, 302);
        const there = new URL(headers.get("location"));
        const back = `${publicUrl}/signin/provider/${provider}/callback`;
        assert.equal(there.searchParams.get("redirect_uri"), back);
        assert.match(headers.get("set-cookie"), /^__Host-vouchsafe-flow\..*; Secure/);
      }
      assert.equal((await ask(server.url)).status, 404, "no demo page");
      assert.equal((await ask(`${server.url}/simulator/google/.well-known/openid-configuration`)).status, 404);
    });
  });

  it("shows the errors of invalid settings", async () => {
    const [{ command, output }] = commands(blocks(await section("docs/production.md", "Settings"), "console")[0]);
    const [program, ...flags] = command.split(" ");
    assert.equal(program, "target/release/vouchsafe");
    const folder = newFolder();
    const failure = await promisify(execFile)(PROGRAM, flags, { cwd: folder, env: { HOME: folder } }).then(
      () => assert.fail("it started"),
      (error) => error,
    );
    assert.equal(failure.code, 2);
    assert.equal(failure.stderr.trim(), output.trim());
  });
});
