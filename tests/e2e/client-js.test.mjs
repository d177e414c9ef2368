// The client of `clients/js`, in Chromium with several tabs and in Node. It is compiled here.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { choose, Profile, startBrowser } from "./browser.mjs";
import { newFolder, Server } from "./server.mjs";
import { consent } from "./simulator.mjs";

const CLIENT = resolve(import.meta.dirname, "../../clients/js");
const BUILT = resolve(import.meta.dirname, "../../target/client-js");
const TYPES = join(CLIENT, "src/api.ts");
const run = promisify(execFile);

const PAGE = `<!doctype html><title>App</title><main></main><script type="module">
import { Vouchsafe, VouchsafeError } from "/vouchsafe-client/index.js";
window.auth = new Vouchsafe(window.options ?? { url: "SERVER" });
window.returned = await auth.handleReturn().catch((error) => ({ code: error.code, flow: error.flow }));
window.ready = true;
</script>`;

/** The same with the members of objects in order, whatever the build of the server. */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

/** Serves the page of an app, and the client. */
async function serveApp(pages) {
  const app = createServer(async (request, answer) => {
    const { pathname } = new URL(request.url, "http://app");
    const script = /^\/vouchsafe-client\/(\w+\.js)$/.exec(pathname);
    if (script) {
      answer.writeHead(200, { "content-type": "text/javascript" }).end(await readFile(join(BUILT, script[1])));
    } else if (pages[pathname]) {
      answer.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(pages[pathname]);
    } else {
      answer.writeHead(204).end();
    }
  });
  app.listen(0, "127.0.0.1");
  await once(app, "listening");
  return { url: `http://127.0.0.1:${app.address().port}`, stop: () => app.close() };
}

describe("the client", () => {
  let server, browser, app, Vouchsafe;
  const pages = {};

  before(async () => {
    if (!existsSync(join(CLIENT, "node_modules"))) await run("npm", ["ci"], { cwd: CLIENT });
    await run(join(CLIENT, "node_modules/.bin/tsc"), ["-p", CLIENT, "--outDir", BUILT]).catch((error) => assert.fail(error.stdout));
    await writeFile(join(BUILT, "package.json"), '{ "type": "module" }');
    ({ Vouchsafe } = await import(pathToFileURL(join(BUILT, "index.js"))));
    app = await serveApp(pages);
    const config = `mode = "development"\nclient.url = "${app.url}/"\naufy.enabled = false\n`;
    server = await Server.start(newFolder(), { config });
    pages["/"] = PAGE.replace("SERVER", server.url);
    const readme = await readFile(join(CLIENT, "README.md"), "utf8");
    pages["/readme"] = /```html\n(.*?)```/s.exec(readme)[1].replace("http://127.0.0.1:4000", server.url).replace("./vouchsafe", "/vouchsafe");
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    app?.stop();
  });

  /** A test with a profile that has the app's page open. */
  function visit(name, problems, steps) {
    it(name, () =>
      server.explaining(async () => {
        const profile = await Profile.open(browser);
        const page = await open(profile);
        await steps(page, profile);
        await profile.close(problems);
      }),
    );
  }

  const ready = (page) => page.waitForFunction("window.ready");

  async function open(profile, path = "/") {
    const page = await profile.tab();
    await page.goto(app.url + path);
    if (path === "/") await ready(page);
    return page;
  }

  async function signIn(page, provider = "google", person = "mira") {
    await page.evaluate((provider) => void auth.signIn(provider), provider);
    await choose(page, person);
    await page.waitForURL(`${app.url}/`);
    await ready(page);
    return page.evaluate("returned");
  }

  const session = (page) => page.evaluate("auth.session");

  it("has the types of the server's description", async () => {
    const answer = await fetch(`${server.url}/openapi.json`);
    const generator = join(CLIENT, "node_modules/openapi-typescript/dist/index.mjs");
    const { default: openapi, astToString } = await import(pathToFileURL(generator));
    const ast = await openapi(sorted(await answer.json()), { alphabetize: true });
    const types = `// Made from the server's /openapi.json: UPDATE_GOLDENS=1 node --test client-js.test.mjs\n\n${astToString(ast)}`;
    if (process.env.UPDATE_GOLDENS) await writeFile(TYPES, types);
    assert.ok(types === (await readFile(TYPES, "utf8")), "src/api.ts is out of date; UPDATE_GOLDENS=1 renews it");
  });

  visit("signs in with PKCE, and leaves nothing in the URL", [], async (page) => {
    const seen = [];
    page.on("framenavigated", (frame) => seen.push(frame.url()));
    const returned = await signIn(page);
    assert.equal(returned.kind, "signed-in");
    assert.equal((await session(page)).user.displayName, "Mira Okafor");
    assert.ok(seen.some((url) => /[?&]code=/.test(url)) && !seen.some((url) => url.includes("refreshToken")), seen.join(" "));
    assert.equal(page.url(), `${app.url}/`);
    assert.deepEqual(await page.evaluate("Object.keys(sessionStorage)"), []);
    assert.equal((await page.evaluate("auth.user()")).email, "mira@example.org");
    const tokens = await page.evaluate("auth.providerTokens('google')");
    assert.ok(tokens.accessToken.length > 20);
  });

  visit("fetches provider tokens once", [/status of 400.*callback\/tokens/], async (page) => {
    await signIn(page);
    await page.evaluate("auth.providerTokens('google')");
    const refusal = await page.evaluate("auth.providerTokens('google').catch((error) => [error.name, error.code, error.status])");
    assert.deepEqual(refusal, ["VouchsafeError", "invalid-request", 400]);
  });

  visit("refreshes once for two tabs", [], async (page, profile) => {
    await signIn(page);
    const other = await open(profile);
    const before = await session(page);
    const requests = [];
    profile.context.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/token")) requests.push(request);
    });
    // Both find the token due before either has asked.
    await page.evaluate("localStorage.setItem(`vouchsafe:SERVER`, JSON.stringify({ ...auth.session, refreshAt: 0 }))".replace("SERVER", server.url));
    const tokens = [page, other].map((tab) =>
      tab.evaluate(() => {
        const send = window.fetch;
        window.fetch = async (...request) => {
          await new Promise((go) => (window.go = go));
          return send(...request);
        };
        window.token = auth.accessToken();
        return navigator.locks.query().then(({ held, pending }) => held.length + pending.length);
      }),
    );
    await Promise.all(tokens);
    // Lets the request go that is held back, in whichever tab it is.
    const release = setInterval(() => [page, other].forEach((tab) => tab.evaluate("window.go?.()").catch(() => {})), 20);
    const found = await Promise.all([page, other].map((tab) => tab.evaluate("token"))).finally(() => clearInterval(release));
    assert.equal(found[0], found[1]);
    assert.equal(requests.length, 1);
    const [mine, theirs] = [await session(page), await session(other)];
    assert.notEqual(mine.refreshToken, before.refreshToken);
    assert.equal(mine.refreshToken, theirs.refreshToken);
  });

  visit("signs out in all tabs", [], async (page, profile) => {
    await signIn(page);
    const other = await open(profile);
    await other.evaluate("auth.onChange((session) => (window.told = session ?? 'nobody')) && 0");
    await page.evaluate("auth.signOut()");
    await other.waitForFunction("window.told === 'nobody'");
    assert.equal(await session(other), undefined);
    assert.equal(await other.evaluate("auth.accessToken()"), undefined);
  });

  visit("keeps the session when the server is out of reach, and forgets one that has ended", [/status of 401/], async (page) => {
    await signIn(page);
    const { refreshToken } = await session(page);
    await page.evaluate("(window.send = window.fetch, window.fetch = () => Promise.reject(new TypeError('no network')), 0)");
    const failure = await page.evaluate("auth.refresh().catch((error) => [error.code, error.isTemporary])");
    assert.deepEqual(failure, ["network", true]);
    assert.equal((await session(page)).refreshToken, refreshToken);
    await page.evaluate("(window.fetch = window.send, 0)");
    const ended = await fetch(`${server.url}/signout`, { method: "POST", body: JSON.stringify({ refreshToken }) });
    assert.equal(ended.status, 200);
    assert.equal(await page.evaluate("auth.refresh().catch((error) => error.code)"), "invalid-refresh-token");
    assert.equal(await session(page), undefined);
  });

  visit("refuses an answer that the tab did not ask for, and reports a denied consent", [], async (page) => {
    await page.goto(`${app.url}/?code=00000000-0000-4000-8000-000000000000&state=x&mine=1`);
    await ready(page);
    assert.equal((await page.evaluate("returned")).code, "unknown-attempt");
    assert.equal(page.url(), `${app.url}/?mine=1`);
    await page.evaluate("void auth.signIn('google')");
    await page.getByTestId("deny").click();
    await page.waitForURL(`${app.url}/`);
    await ready(page);
    const { code, flow } = await page.evaluate("returned");
    assert.equal(code, "oauth-provider-error");
    assert.match(flow, /^[0-9a-f]{16}$/);
  });

  visit("links, lists and ends", [], async (page) => {
    await signIn(page, "google", "jonas");
    await page.evaluate("void auth.link('oidc')");
    await choose(page, "jonas");
    await page.waitForURL(/\/link\/confirm/);
    await page.locator('button[value="yes"]').click();
    await page.waitForURL(`${app.url}/`);
    await ready(page);
    assert.deepEqual((({ kind, provider }) => [kind, provider])(await page.evaluate("returned")), ["linked", "oidc"]);
    const providers = async () => (await page.evaluate("auth.identities()")).map(({ provider }) => provider);
    assert.deepEqual((await providers()).sort(), ["google", "oidc"]);
    await page.evaluate("auth.unlink('oidc')");
    assert.deepEqual(await providers(), ["google"]);
    const { refreshTokenId } = await session(page);
    assert.ok((await page.evaluate("auth.sessions()")).some(({ id, isCurrent }) => isCurrent && id === refreshTokenId));
    await page.evaluate("auth.signOut({ all: true })");
    assert.equal(await session(page), undefined);
  });

  visit("signs in with the page of the README", [], async (_, profile) => {
    const page = await open(profile, "/readme");
    await page.getByRole("button", { name: "Sign in with Google" }).click();
    await choose(page, "mira");
    await page.getByText("Signed in as Mira Okafor").waitFor();
  });

  it("works in Node", () =>
    server.explaining(async () => {
      const auth = new Vouchsafe({ url: `${server.url}/` });
      assert.equal(auth.session, undefined);
      assert.ok((await auth.providers()).some(({ name }) => name === "github"));
      const start = await fetch(await auth.signInUrl("github", { redirectTo: `${app.url}/` }), { redirect: "manual" });
      const cookie = start.headers.getSetCookie()[0].split(";")[0];
      const callback = await consent(start.headers.get("location"), "rosa");
      const back = await fetch(callback, { redirect: "manual", headers: { cookie } });
      const { kind, session } = await auth.handleReturn(back.headers.get("location"));
      assert.deepEqual([kind, session.user.email], ["signed-in", "rosa@example.com"]);
      const changes = [];
      auth.onChange((session) => changes.push(session?.refreshToken));
      const [one, two] = await Promise.all([auth.refresh(), auth.refresh()]);
      assert.equal(one.refreshToken, two.refreshToken);
      await auth.signOut();
      assert.deepEqual(changes, [one.refreshToken, undefined]);
      await assert.rejects(auth.user(), { name: "VouchsafeError", code: "not-signed-in", status: 0 });
    }));
});
