// A certified OpenID provider, independent of our simulator.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Acme } from "./acme.mjs";
import { startBrowser, Profile } from "./browser.mjs";
import { ask, freePort, newFolder, Server } from "./server.mjs";

/** A server with Acme as its provider, and a browser. */
class Fixture {
  static async make(options) {
    const fixture = new Fixture();
    const port = await freePort();
    fixture.acme = await Acme.start(options);
    const config = `mode = "development"\n${fixture.acme.register(`http://127.0.0.1:${port}`)}`;
    fixture.server = await Server.start(newFolder(), { config, port });
    fixture.browser = await startBrowser();
    return fixture;
  }

  async end() {
    await this.browser.close();
    await this.server.stop();
    await this.acme.close();
  }

  /** Signs in through real redirects; returns the parameters of the return URL. */
  async authorize(name, start) {
    const { acme, browser, server } = this;
    const profile = await Profile.open(browser);
    const page = await profile.tab();
    const join = start.includes("?") ? "&" : "?";
    const redirectTo = encodeURIComponent(`${server.url}/healthz`);
    await page.goto(`${server.url}/${start}${join}state=of-the-app&redirectTo=${redirectTo}`);
    assert.equal(new URL(page.url()).origin, acme.issuer);
    await acme.choose(page, name);
    await page.waitForURL((at) => at.href.startsWith(`${server.url}/healthz?`));
    const back = new URL(page.url()).searchParams;
    assert.equal(back.get("state"), "of-the-app");
    await profile.close();
    return back;
  }

  /** Signs in with a new profile; returns the session. */
  async signIn(name, start = "signin/provider/acme") {
    const { server } = this;
    const back = await this.authorize(name, start);
    const refreshToken = back.get("refreshToken");
    assert.ok(refreshToken, back.toString());
    const session = await ask(`${server.url}/v1/token`, { method: "POST", body: { refreshToken } });
    assert.equal(session.status, 200);
    return session.body;
  }

  tokens(session) {
    return ask(`${this.server.url}/v1/signin/provider/acme/callback/tokens`, { bearer: session.accessToken });
  }
}

describe("a certified OpenID provider", () => {
  let fixture, acme, server;

  before(async () => {
    fixture = await Fixture.make();
    ({ acme, server } = fixture);
  });

  after(() => fixture?.end());

  const signIn = (name, start) => fixture.signIn(name, start);
  const tokens = (session) => fixture.tokens(session);
  const test = (name, steps) => it(name, () => server.explaining(steps));

  test("verifies user and email", async () => {
    const { user } = await signIn("Ada Byron");
    assert.equal(user.displayName, "Ada Byron");
    assert.equal(user.email, "ada@acme.example");
    assert.equal(user.emailVerified, true);
  });

  test("leaves an unverified email unverified", async () => {
    const { user } = await signIn("Grace Murray");
    assert.equal(user.email, "grace@acme.example");
    assert.equal(user.emailVerified, false);
  });

  test("accepts its tokens, which are returned once", async () => {
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

  test("finds the same account again, by its prefixed name too", async () => {
    const first = await signIn("Ada Byron");
    const second = await signIn("Ada Byron", "v1/signin/provider/c:acme");
    assert.equal(second.user.id, first.user.id);
    assert.notEqual(second.refreshTokenId, first.refreshTokenId);
    const other = await signIn("Grace Murray");
    assert.notEqual(other.user.id, first.user.id);
  });

  test("is asked for its keys once, and again after a rotation", async () => {
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

describe("a certified OpenID provider that requires pushed requests and private_key_jwt", () => {
  let fixture, acme, server;

  before(async () => {
    fixture = await Fixture.make({ pushed: true });
    ({ acme, server } = fixture);
  });

  after(() => fixture?.end());

  const test = (name, steps) => it(name, () => server.explaining(steps));

  test("signs in with a request URI only in the browser", async () => {
    const start = await fetch(`${server.url}/signin/provider/acme`, { redirect: "manual" });
    const authorize = new URL(start.headers.get("location"));
    assert.deepEqual([...authorize.searchParams.keys()].sort(), ["client_id", "request_uri"]);
    const { user } = await fixture.signIn("Ada Byron");
    assert.equal(user.email, "ada@acme.example");
    assert.equal(acme.count("POST /request"), 2);
    assert.equal(acme.count("POST /token"), 1);
  });

  test("has its tokens revoked when it is unlinked", async () => {
    const session = await fixture.signIn("Ada Byron");
    const kept = await fixture.tokens(session);
    assert.equal((await ask(`${acme.issuer}/me`, { bearer: kept.body.accessToken })).status, 200);
    // A second sign-in stores new tokens; another provider must be linked before this one can be unlinked.
    await fixture.signIn("Ada Byron");
    const connect = await fetch(`${server.url}/signin/provider/github?connect=${session.accessToken}`, {
      redirect: "manual",
    });
    const cookie = connect.headers.getSetCookie()[0].split(";")[0];
    const agreed = await fetch(`${connect.headers.get("location")}&login=jonas`, { redirect: "manual" });
    const back = await fetch(agreed.headers.get("location"), { redirect: "manual", headers: { cookie } });
    // The link counts once the user has agreed on the confirmation page.
    const confirm = back.headers.get("location");
    const link = { cookie: back.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ") };
    const page = await (await fetch(confirm, { headers: link })).text();
    const body = new URLSearchParams({ token: /name="token" value="([^"]+)"/.exec(page)[1], answer: "yes" });
    const headers = { ...link, origin: new URL(server.url).origin };
    const linked = await fetch(confirm, { method: "POST", redirect: "manual", headers, body });
    assert.equal(new URL(linked.headers.get("location")).searchParams.get("error"), null);

    const unlinked = await ask(`${server.url}/user/providers/acme`, { method: "DELETE", bearer: session.accessToken });
    assert.equal(unlinked.status, 200);
    while (acme.count("POST /token/revocation") < 1) await new Promise(setImmediate);
    const listed = await ask(`${server.url}/user/providers`, { bearer: session.accessToken });
    assert.deepEqual(listed.body.providers.map((one) => one.provider), ["github"]);
  });
});
