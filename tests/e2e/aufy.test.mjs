// An app of the Aufy dialect: a page of another origin that sends requests with cookies, in a real browser.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";

import { choose, FOREIGN_HOST, startBrowser, Profile } from "./browser.mjs";
import { freePort, newFolder, Server } from "./server.mjs";

const SIGN_IN = "Aufy.ExternalSignInScheme";
const REFRESH = "Aufy.RefreshToken";

/** The app's page: the calls of the published client, each with the token that it has stored. */
const APP = String.raw`<!doctype html>
<meta charset="utf-8">
<title>An app</title>
<link rel="icon" href="data:,">
<script type="module">
  const api = "__API__";
  const call = async (method, path, { again = true } = {}) => {
    const token = sessionStorage.token;
    const answer = await fetch(api + path, {
      method,
      credentials: "include",
      headers: { accept: "application/json", ...(token && { authorization: "Bearer " + token }) },
    });
    if (answer.status === 401 && answer.headers.get("x-token-expired") === "true" && again) {
      await refresh();
      return call(method, path, { again: false });
    }
    const body = await answer.text();
    return { status: answer.status, body: body && JSON.parse(body) };
  };
  const keep = (answer) => {
    if (answer.status === 200) sessionStorage.token = answer.body.access_token;
    return answer;
  };
  const refresh = async () => keep(await call("POST", "/auth/signin/refresh", { again: false }));
  window.app = {
    providers: () => call("GET", "/auth/external/providers"),
    // Not encoded, as the client sends it.
    signIn: (name) => location.assign(api + "/auth/external/challenge/" + name + "?CallbackUrl=" + location.origin + "/back"),
    link: (name) =>
      location.assign(api + "/auth/external/challenge/" + name + "?CallbackUrl=" + location.origin + "/profile?link=" + name),
    claim: async () => keep(await call("POST", "/auth/signin/external")),
    claimLink: () => call("POST", "/account/link/external"),
    refresh,
    whoami: () => call("GET", "/auth/whoami"),
    info: () => call("GET", "/account/info"),
    signOut: () => call("POST", "/auth/signout").finally(() => delete sessionStorage.token),
  };
  document.body.dataset.ready = "yes";
</script>
<body>`;

/** Serves the app on a loopback port. */
async function serveApp(api) {
  const page = APP.replace("__API__", api);
  const server = createServer((request, response) => response.setHeader("content-type", "text/html").end(page));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { origin: `http://127.0.0.1:${server.address().port}`, server };
}

describe("an app of the Aufy dialect", () => {
  let server, browser, app, foreignApp;

  before(async () => {
    const port = await freePort();
    const api = `http://127.0.0.1:${port}/api`;
    [app, foreignApp] = [await serveApp(api), await serveApp(api)];
    const config = `mode = "development"\n[client]\nurl = "${app.origin}"\n`;
    server = await Server.start(newFolder(), { port, config });
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    for (const { server } of [app, foreignApp]) server.close();
  });

  /** Calls one of the app's functions in the page. */
  const call = (page, name, ...args) => page.evaluate(([name, args]) => window.app[name](...args), [name, args]);

  const ready = (page) => page.locator("body[data-ready]").waitFor({ state: "attached" });

  async function open(page, origin) {
    await page.goto(origin);
    await ready(page);
  }

  /** Goes through the provider and back to the app at `path`. */
  async function authorize(page, how, provider, persona, path) {
    await call(page, how, provider);
    await choose(page, persona);
    await page.waitForURL(`${app.origin}${path}`);
    await ready(page);
  }

  const cookie = async (profile, name) => (await profile.context.cookies(server.url)).find((one) => one.name === name);

  it("signs in, refreshes, links and signs out by cookies", () =>
    server.explaining(async () => {
      const profile = await Profile.open(browser);
      const page = await profile.tab();
      await open(page, app.origin);
      const { providers } = (await call(page, "providers")).body;
      assert.ok(providers.includes("GitHub") && providers.includes("Google"), providers.join());

      await authorize(page, "signIn", "GitHub", "mira", "/back");
      const ticketCookie = await cookie(profile, SIGN_IN);
      assert.deepEqual(
        [ticketCookie.httpOnly, ticketCookie.sameSite, ticketCookie.secure, ticketCookie.path, ticketCookie.expires],
        [true, "Lax", false, "/", -1],
      );
      const signedIn = await call(page, "claim");
      assert.deepEqual([signedIn.status, signedIn.body.token_type, signedIn.body.refresh_token], [200, "Bearer", null]);
      assert.equal(await cookie(profile, SIGN_IN), undefined);
      const first = await cookie(profile, REFRESH);
      assert.deepEqual([first.httpOnly, first.path], [true, "/"]);

      const refreshed = await call(page, "refresh");
      assert.equal(refreshed.status, 200);
      assert.notEqual((await cookie(profile, REFRESH)).value, first.value);
      assert.deepEqual((await call(page, "whoami")).body, {
        username: "Mira Okafor",
        email: "mira@example.org",
        roles: ["me", "user"],
      });

      await authorize(page, "link", "google", "rosa", "/profile?link=google");
      const linked = await call(page, "claimLink");
      assert.equal(linked.status, 200);
      assert.deepEqual(linked.body.logins.toSorted(), ["GitHub", "Google"]);
      assert.deepEqual((await call(page, "info")).body, linked.body);
      assert.equal(await page.evaluate(() => document.cookie), "", "scripts see no cookie");

      assert.equal((await call(page, "signOut")).status, 200);
      assert.equal(await cookie(profile, REFRESH), undefined);
      assert.equal((await call(page, "whoami")).status, 401);
      // Both providers find the same account now.
      await authorize(page, "signIn", "google", "rosa", "/back");
      await call(page, "claim");
      assert.equal((await call(page, "whoami")).body.username, "Mira Okafor");
      await profile.close([/status of 401.*whoami/]);
    }));

  it("reports a denial and a used ticket cookie", () =>
    server.explaining(async () => {
      const profile = await Profile.open(browser);
      const page = await profile.tab();
      await open(page, app.origin);
      await call(page, "link", "github");
      await page.getByTestId("deny").click();
      await page.waitForURL((url) => url.href.startsWith(`${app.origin}/profile?link=github&flow=`));
      assert.equal(new URL(page.url()).searchParams.get("failed"), "true");
      assert.equal(await cookie(profile, SIGN_IN), undefined);

      await ready(page);
      await authorize(page, "signIn", "github", "jonas", "/back");
      const copy = await cookie(profile, SIGN_IN);
      assert.equal((await call(page, "claim")).status, 200);
      await profile.context.addCookies([copy]);
      const refused = await call(page, "claim");
      assert.deepEqual([refused.status, refused.body.title], [401, "Unauthorized"]);
      assert.equal(await cookie(profile, SIGN_IN), undefined, "and taken away again");
      await profile.close([/status of 401.*signin\/external/]);
    }));

  it("returns nothing to a page of an unlisted origin", () =>
    server.explaining(async () => {
      const profile = await Profile.open(browser);
      const page = await profile.tab();
      await open(page, app.origin);
      await authorize(page, "signIn", "github", "mira", "/back");
      const before = await cookie(profile, SIGN_IN);

      const otherPage = await profile.tab();
      await open(otherPage, foreignApp.origin.replace("127.0.0.1", FOREIGN_HOST));
      // The server refuses, and the page cannot read the response.
      await assert.rejects(call(otherPage, "claim"), /Failed to fetch/);
      const form = `<form method="post" action="${server.url}/api/auth/signin/external"><button>go</button></form>`;
      await otherPage.evaluate((form) => (document.body.innerHTML = form), form);
      const [answer] = await Promise.all([
        otherPage.waitForResponse((answer) => answer.url().endsWith("/api/auth/signin/external")),
        otherPage.getByRole("button").click(),
      ]);
      assert.equal(answer.status(), 403);
      await otherPage.close();

      assert.deepEqual(await cookie(profile, SIGN_IN), before);
      assert.equal((await call(page, "claim")).status, 200, "the sign-in still waits for the app");
      await profile.close([/CORS policy/, /Failed to load resource: net::ERR_FAILED/, /status of 403/]);
    }));
});
