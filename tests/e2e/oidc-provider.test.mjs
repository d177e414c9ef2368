// A certified OpenID provider as the other side: what the simulator cannot prove, because we wrote it too.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Acme } from "./acme.mjs";
import { startBrowser, Visitor } from "./browser.mjs";
import { ask, freePort, newFolder, Server } from "./server.mjs";

describe("a certified OpenID provider", () => {
  let acme, server, browser;

  before(async () => {
    const port = await freePort();
    acme = await Acme.open();
    const config = `mode = "development"\n${acme.register(`http://127.0.0.1:${port}`)}`;
    server = await Server.start(newFolder(), { config, port });
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    await acme?.close();
  });

  /** One sign-in in a new browser, through real redirects; answers the session that an app gets. */
  async function signIn(name, start = "signin/provider/acme") {
    const visitor = await Visitor.enter(browser);
    const page = await visitor.tab();
    await page.goto(`${server.url}/${start}?state=of-the-app&redirectTo=${encodeURIComponent(`${server.url}/healthz`)}`);
    assert.equal(new URL(page.url()).origin, acme.issuer);
    await acme.choose(page, name);
    await page.waitForURL((at) => at.href.startsWith(`${server.url}/healthz?`));
    const back = new URL(page.url()).searchParams;
    assert.equal(back.get("state"), "of-the-app");
    await visitor.leave();
    const refreshToken = back.get("refreshToken");
    assert.ok(refreshToken, back.toString());
    const session = await ask(`${server.url}/v1/token`, { method: "POST", body: { refreshToken } });
    assert.equal(session.status, 200);
    return session.body;
  }

  const tokens = (session) =>
    ask(`${server.url}/v1/signin/provider/acme/callback/tokens`, { bearer: session.accessToken });

  const test = (name, steps) => it(name, () => server.explaining(steps));

  test("vouches for a person and for the address", async () => {
    const { user } = await signIn("Ada Byron");
    assert.equal(user.displayName, "Ada Byron");
    assert.equal(user.email, "ada@acme.example");
    assert.equal(user.emailVerified, true);
  });

  test("is believed when it does not vouch for the address", async () => {
    const { user } = await signIn("Grace Murray");
    assert.equal(user.email, "grace@acme.example");
    assert.equal(user.emailVerified, false);
  });

  test("takes the tokens that we handed out, and they are handed out once", async () => {
    const session = await signIn("Ada Byron");
    const first = await tokens(session);
    assert.equal(first.status, 200);
    assert.equal(first.headers.get("cache-control"), "no-store");
    assert.equal(first.body.expiresIn, 1800);
    const left = Date.parse(first.body.expiresAt) - Date.now();
    assert.ok(left > 1_700_000 && left <= 1_800_000, `${left} ms`);
    const me = await ask(`${acme.issuer}/me`, { bearer: first.body.accessToken });
    assert.equal(me.status, 200);
    assert.equal(me.body.email, "ada@acme.example");
    assert.ok(first.body.refreshToken, "Acme gives refresh tokens");

    const second = await tokens(session);
    const { status, error, message } = second.body;
    assert.equal(second.status, 400);
    assert.deepEqual([status, error, message], [400, "invalid-request", "The request payload is incorrect"]);
  });

  test("leads to the same account again, by its custom name too", async () => {
    const first = await signIn("Ada Byron");
    const second = await signIn("Ada Byron", "v1/signin/provider/c:acme");
    assert.equal(second.user.id, first.user.id);
    assert.notEqual(second.refreshTokenId, first.refreshTokenId);
    const other = await signIn("Grace Murray");
    assert.notEqual(other.user.id, first.user.id);
  });

  test("is asked for its keys once, and once more after it changed them", async () => {
    const first = await signIn("Ada Byron");
    assert.equal(acme.count("GET /jwks"), 1);
    const known = acme.keyId;
    acme.changeKeys();
    assert.notEqual(acme.keyId, known);
    const second = await signIn("Ada Byron");
    assert.equal(second.user.id, first.user.id);
    assert.equal(acme.count("GET /jwks"), 2);
    assert.equal(acme.count("GET /.well-known/openid-configuration"), 1);
  });
});
