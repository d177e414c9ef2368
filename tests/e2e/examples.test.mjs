// The programs and pages of `examples/`, each as somebody who tries it would.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, normalize, resolve } from "node:path";
import { after, before, describe, it } from "node:test";

import { choose, Profile, startBrowser } from "./browser.mjs";
import { ask, freePort, newFolder, Server, waitUntil } from "./server.mjs";

const EXAMPLES = resolve(import.meta.dirname, "../../examples");
const PROGRAMS = resolve(import.meta.dirname, "../../target/debug/examples");

describe("the examples", () => {
  let browser;

  before(async () => (browser = await startBrowser()));
  after(async () => await browser?.close());

  /** Runs an example in a folder of its own, and steps against it. Its port is in its source. */
  async function running(name, port, steps) {
    assert.ok(existsSync(join(PROGRAMS, name)), "`cargo build --examples` makes the examples");
    const child = spawn(join(PROGRAMS, name), [], { cwd: newFolder(), stdio: ["ignore", "inherit", "inherit"] });
    const kill = () => child.kill("SIGKILL");
    process.once("exit", kill);
    const base = `http://127.0.0.1:${port}`;
    try {
      await waitUntil(`the example ${name} answers`, async () => {
        assert.equal(child.exitCode, null, `the example ${name} ended at once`);
        return fetch(base).then(
          () => true,
          () => false,
        );
      });
      await steps(base);
    } finally {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      process.off("exit", kill);
    }
  }

  async function inBrowser(steps, problems) {
    const profile = await Profile.open(browser);
    await steps(await profile.tab());
    await profile.close(problems);
  }

  /** Signs in by a link and returns what the app gets in its URL. */
  async function signIn(page, url, persona) {
    await page.goto(url);
    await page.getByRole("link", { name: "Sign in with Google" }).click();
    await choose(page, persona);
    await page.waitForURL(`${url}?**`);
    return new URL(page.url()).searchParams;
  }

  /** The access token for a refresh token. */
  async function accessToken(api, refreshToken) {
    const { body } = await ask(`${api}/token`, { method: "POST", body: { refreshToken } });
    return body.accessToken;
  }

  it("embedded: a route, a table and an actor of the app", () =>
    running("embedded", 4001, async (base) => {
      assert.equal((await fetch(`${base}/notes`)).status, 401);
      await inBrowser(async (page) => {
        await page.goto(base);
        await page.getByRole("button", { name: "Sign in with Google" }).click();
        await choose(page, "mira");
        await page.getByText("Welcome! You came with google.").waitFor();
        assert.equal(page.url(), `${base}/`, "no code is left in the address");
        await page.getByRole("button", { name: "Sign out" }).click();
        await page.getByText("You are not signed in.").waitFor();
        await page.getByRole("button", { name: "Sign in with Google" }).click();
        await page.getByTestId("deny").click();
        await page.getByText(/You are not signed in: ./).waitFor();
      });
    }));

  it("standalone: the demo, metrics, and a reload", () =>
    running("standalone", 4002, async (base) => {
      await inBrowser(async (page) => {
        await page.goto(base);
        await page.getByRole("heading").first().waitFor();
      });
      const metrics = await fetch(`${base}/metrics`);
      assert.match(await metrics.text(), /^vouchsafe_sign_ins_started_total/m);
    }));

  it("two_tenants: users and tokens of one are unknown to the other", () =>
    running("two_tenants", 4003, (base) =>
      inBrowser(async (page) => {
        const back = await signIn(page, `${base}/north/`, "mira");
        const bearer = await accessToken(`${base}/north/auth`, back.get("refreshToken"));
        const north = await fetch(`${base}/north/me`, { headers: { authorization: `Bearer ${bearer}` } });
        assert.equal(await north.text(), "Mira Okafor <mira@example.org>");
        assert.equal((await ask(`${base}/south/me`, { bearer })).status, 401);
      }),
    ));

  it("custom_provider: a provider that only this app has", () =>
    running("custom_provider", 4004, (base) =>
      inBrowser(async (page) => {
        await page.goto(base);
        await page.getByRole("link", { name: "Sign in with Acme" }).click();
        await choose(page, "mira");
        await page.waitForURL(`${base}/?refreshToken=**`);
      }),
    ));

  it("hooks: who may sign up, under what name, with what claims", () =>
    running("hooks", 4005, (base) =>
      inBrowser(async (page) => {
        const back = await signIn(page, `${base}/`, "mira");
        const bearer = await accessToken(`${base}/auth`, back.get("refreshToken"));
        const team = await fetch(`${base}/team`, { headers: { authorization: `Bearer ${bearer}` } });
        assert.equal(await team.text(), 'your team: "north"');
        const { body } = await ask(`${base}/auth/user`, { bearer });
        assert.equal(body.displayName, "Mira Okafor (by google)");

        const refused = await signIn(page, `${base}/`, "aiko");
        assert.equal(refused.get("error"), "members-only");
        assert.match(refused.get("errorDescription"), /^Only members/);
      }),
    ));

  it("pages/nhost-js.html: the published client of Nhost", async () => {
    const page = createServer(async (request, response) => {
      const { pathname } = new URL(request.url, "http://app");
      const folder = pathname.startsWith("/node_modules/") ? import.meta.dirname : join(EXAMPLES, "pages");
      const type = pathname.endsWith(".js") ? "text/javascript" : "text/html; charset=utf-8";
      response.setHeader("content-type", type).end(await readFile(join(folder, normalize(pathname))));
    }).listen(0, "127.0.0.1");
    await once(page, "listening");
    const app = `http://127.0.0.1:${page.address().port}/nhost-js.html`;
    const port = await freePort();
    const config = `mode = "development"\n[client]\nallowed_redirect_urls = ["http://127.0.0.1:${page.address().port}"]\n`;
    const server = await Server.start(newFolder(), { config, port });
    try {
      await inBrowser(async (tab) => {
        await tab.goto(`${app}?auth=${server.url}/v1`);
        await tab.getByRole("button", { name: "Sign in with GitHub" }).click();
        await choose(tab, "mira");
        await tab.getByText("Hello Mira Okafor").waitFor();
        await tab.reload();
        await tab.getByText("Hello Mira Okafor").waitFor();
        await tab.getByRole("button", { name: "Sign out" }).click();
        await tab.getByText("You are not signed in.").waitFor();
      });
    } finally {
      await server.stop();
      page.close();
      page.closeAllConnections();
    }
  });
});
