// The published JavaScript client of the Nhost dialect, unchanged, in a page of another origin, under the browser's
// CORS rules.
//
// The package requires a newer Node, but only the browser runs it here.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, normalize } from "node:path";
import { after, before, describe, it } from "node:test";

import { choose, startBrowser, Profile } from "./browser.mjs";
import { freePort, newFolder, Server } from "./server.mjs";

const PACKAGE = join(import.meta.dirname, "node_modules/@nhost/nhost-js/dist");

/** An app whose only page, at any path, loads the client as published. */
async function openApp(authUrl) {
  const page = `<!doctype html><html lang="en"><title>An app</title><link rel="icon" href="data:,">
<script type="importmap">{"imports": {
  "@nhost/nhost-js": "/package/nhost-js.js",
  "@nhost/nhost-js/auth": "/package/nhost-js/auth.js"
}}</script>
<script type="module">
  import { createClient } from "@nhost/nhost-js";
  import { generatePKCEPair } from "@nhost/nhost-js/auth";
  globalThis.nhost = createClient({ authUrl: ${JSON.stringify(authUrl)} });
  globalThis.generatePKCEPair = generatePKCEPair;
</script><h1>An app</h1></html>`;
  const app = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://app");
    if (!pathname.startsWith("/package/")) {
      return response.setHeader("content-type", "text/html; charset=utf-8").end(page);
    }
    const file = join(PACKAGE, normalize(pathname.slice("/package".length)));
    response.setHeader("content-type", "text/javascript").end(await readFile(file));
  }).listen(0, "127.0.0.1");
  await once(app, "listening");
  return app;
}

describe("@nhost/nhost-js in a browser", () => {
  let app, appUrl, server, browser;

  before(async () => {
    const port = await freePort();
    app = await openApp(`http://127.0.0.1:${port}/v1`);
    appUrl = `http://127.0.0.1:${app.address().port}`;
    const config = `mode = "development"\n[client]\nallowed_redirect_urls = ["${appUrl}"]\n`;
    server = await Server.start(newFolder(), { config, port });
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    app?.close();
    app?.closeAllConnections();
  });

  function visit(name, problems, steps) {
    it(name, () =>
      server.explaining(async () => {
        const profile = await Profile.open(browser);
        const page = await profile.tab();
        await page.goto(appUrl);
        await steps(page);
        await profile.close(problems);
      }),
    );
  }

  /** Runs a step with the page's client, once it is loaded. */
  async function client(page, step, value) {
    await page.waitForFunction(() => "nhost" in globalThis);
    return page.evaluate(step, value);
  }

  /** Goes through the provider by a URL that the client built, and back to the app. */
  async function authorize(page, provider, persona, parameters = {}) {
    const redirectTo = `${appUrl}/back?tab=1`;
    const url = await client(page, ([name, all]) => nhost.auth.signInProviderURL(name, all), [
      provider,
      { redirectTo, ...parameters },
    ]);
    assert.ok(url.startsWith(`${server.url}/v1/signin/provider/${provider}?`), url);
    // The app itself navigates, so that the browser sends its origin.
    await page.evaluate((to) => location.assign(to), url);
    await choose(page, persona);
    if (parameters.connect) {
      await page.waitForURL(`${server.url}/link/confirm`);
      await page.getByRole("button", { name: "Link", exact: true }).click();
    }
    await page.waitForURL(`${appUrl}/back?**`);
    const back = new URL(page.url()).searchParams;
    assert.equal(back.get("tab"), "1", "what the app had in its address is still there");
    return back;
  }

  /** Signs in and fetches the session, as the client's guide says. */
  async function signIn(page, provider, persona) {
    const back = await authorize(page, provider, persona, { state: "x y&z" });
    assert.equal(back.get("state"), "x y&z");
    const refreshToken = back.get("refreshToken");
    assert.match(refreshToken, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    return client(page, (token) => nhost.auth.refreshToken({ refreshToken: token }).then(({ body }) => body), refreshToken);
  }

  const session = (page) => client(page, () => nhost.getUserSession());
  const user = (page) => client(page, () => nhost.auth.getUser().then(({ body }) => body));

  /** The error that the client threw. */
  const failure = (page, step, value) =>
    client(
      page,
      `(async () => {
        try { await (${step})(${JSON.stringify(value ?? null)}); return "it went well"; }
        catch (error) { return [error.constructor.name.length > 0, error.status, error.message, error.body?.error]; }
      })()`,
    );

  visit(
    "signs in, asks who it is, takes the provider's tokens once, refreshes and signs out",
    [/status of 400.*callback\/tokens/, /status of 401.*v1\/token/],
    async (page) => {
      const begun = await signIn(page, "google", "mira");
      const stored = await session(page);
      assert.equal(stored.accessToken, begun.accessToken);
      assert.equal(stored.user.displayName, "Mira Okafor");
      // The client reads the roles from the token.
      assert.deepEqual(stored.decodedToken["https://hasura.io/jwt/claims"]["x-hasura-user-id"], stored.user.id);
      assert.equal((await user(page)).email, "mira@example.org");

      const tokens = await client(page, () => nhost.auth.getProviderTokens("google").then(({ body }) => body));
      assert.deepEqual(Object.keys(tokens).sort(), ["accessToken", "expiresAt", "expiresIn", "refreshToken"]);
      assert.equal(tokens.expiresIn, 3599);
      assert.deepEqual((await failure(page, `() => nhost.auth.getProviderTokens("google")`)).slice(1), [
        400,
        "The request payload is incorrect",
        "invalid-request",
      ]);
      assert.equal((await session(page)).accessToken, stored.accessToken, "tokens of a provider are no session");

      const renewed = await client(page, () => nhost.refreshSession(0));
      assert.notEqual(renewed.refreshToken, stored.refreshToken);
      assert.equal(renewed.refreshTokenId, stored.refreshTokenId);
      assert.equal((await user(page)).id, stored.user.id);

      await client(page, (refreshToken) => nhost.auth.signOut({ refreshToken }), renewed.refreshToken);
      assert.equal(await session(page), null);
      const again = await failure(page, `(refreshToken) => nhost.auth.refreshToken({ refreshToken })`, renewed.refreshToken);
      assert.deepEqual(again.slice(1), [401, "Invalid or expired refresh token", "invalid-refresh-token"]);
    },
  );

  visit(
    "exchanges a code with the verifier that it kept, and only once",
    [/status of 400.*token\/exchange/, /status of 400.*token\/exchange/],
    async (page) => {
      const pair = await client(page, () => generatePKCEPair());
      const back = await authorize(page, "github", "rosa", { codeChallenge: pair.challenge });
      assert.equal(back.get("refreshToken"), null);
      const exchange = `(body) => nhost.auth.tokenExchange(body)`;
      const wrong = { code: back.get("code"), codeVerifier: "w".repeat(43) };
      assert.equal((await failure(page, exchange, wrong))[1], 400);

      const right = { code: back.get("code"), codeVerifier: pair.verifier };
      const body = await client(page, (values) => nhost.auth.tokenExchange(values).then((answer) => answer.body), right);
      assert.equal(body.session.user.email, "rosa@example.com");
      assert.equal((await session(page)).refreshToken, body.session.refreshToken);
      assert.equal((await user(page)).email, "rosa@example.com");
      assert.equal((await failure(page, exchange, right))[1], 400);
    },
  );

  visit("connects a second provider to the same account", [], async (page) => {
    const { user: me, accessToken } = await signIn(page, "google", "mira");
    // Another name and no email: only the link can lead to the account.
    const back = await authorize(page, "github", "aiko", { connect: accessToken });
    assert.deepEqual([...back.keys()], ["linked", "tab"]);
    const tokens = await client(page, () => nhost.auth.getProviderTokens("github").then(({ body }) => body));
    assert.match(tokens.accessToken, /^gho_/);

    const { refreshToken } = await session(page);
    await client(page, (token) => nhost.auth.signOut({ refreshToken: token }), refreshToken);
    const again = await signIn(page, "github", "aiko");
    assert.equal(again.user.id, me.id);
    assert.equal(again.user.email, "mira@example.org");
  });

  visit("links a provider on the confirmation page, and unlinks it", [], async (page) => {
    const { user: me } = await signIn(page, "google", "jonas");
    const ask = (method, path, body) =>
      client(
        page,
        async ([base, method, path, body]) => {
          const headers = {
            authorization: `Bearer ${nhost.getUserSession().accessToken}`,
            "content-type": "application/json",
          };
          // With credentials, because the browser needs the flow's cookie to finish the link.
          const init = { method, headers, credentials: "include", body: body && JSON.stringify(body) };
          const response = await fetch(`${base}/v1${path}`, init);
          return { status: response.status, body: await response.json() };
        },
        [server.url, method, path, body],
      );
    for (const word of ["Do not link", "Link"]) {
      const begun = await ask("POST", "/link/provider/gitlab", { redirectTo: `${appUrl}/back?tab=1`, state: "s" });
      assert.equal(begun.status, 200);
      await page.evaluate((to) => location.assign(to), begun.body.url);
      await choose(page, "aiko");
      await page.waitForURL(`${server.url}/link/confirm`);
      const shown = await page.textContent("main");
      assert.match(shown, /GitLab/);
      assert.match(shown, /Aiko Tanaka/);
      assert.match(shown, /Jonas Weber \(jonas@example\.net\)/);
      if (process.env.LINK_PICTURE) await page.screenshot({ path: process.env.LINK_PICTURE });
      await page.getByRole("button", { name: word, exact: true }).click();
      await page.waitForURL(`${appUrl}/back?**`);
      const back = new URL(page.url()).searchParams;
      assert.equal(back.get("state"), "s");
      assert.equal(back.get("error"), word === "Link" ? null : "access-denied");
    }
    const listed = await ask("GET", "/user/providers");
    assert.deepEqual(listed.body.providers.map((one) => one.provider), ["google", "gitlab"]);
    assert.equal((await signIn(page, "gitlab", "aiko")).user.id, me.id);
    assert.equal((await ask("DELETE", "/user/providers/gitlab")).status, 200);
    assert.notEqual((await signIn(page, "gitlab", "aiko")).user.id, me.id);
  });

  visit("signs out everywhere", [/status of 401.*v1\/token/], async (page) => {
    const otherPage = await signIn(page, "github", "rosa");
    await signIn(page, "github", "rosa");
    await client(page, () => nhost.auth.signOut({ all: true }));
    const again = `(refreshToken) => nhost.auth.refreshToken({ refreshToken })`;
    assert.equal((await failure(page, again, otherPage.refreshToken))[1], 401);
  });

  visit("refreshes a token by itself before it expires", [], async (page) => {
    const begun = await signIn(page, "google", "rosa");
    // The client refreshes a token that expires within a minute; the page's clock is moved there.
    const later = begun.accessTokenExpiresIn - 30;
    await client(page, (seconds) => {
      const now = Date.now;
      Date.now = () => now() + seconds * 1000;
    }, later);
    assert.equal((await user(page)).email, "rosa@example.com");
    const renewed = await session(page);
    assert.notEqual(renewed.refreshToken, begun.refreshToken);
    assert.equal(renewed.refreshTokenId, begun.refreshTokenId);
  });
});
