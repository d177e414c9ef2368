// The npm package @auth/core (Auth.js) signs in at the simulated providers, and meets their failures.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";

import { Auth } from "@auth/core";
import Discord from "@auth/core/providers/discord";
import GitHub from "@auth/core/providers/github";
import GitLab from "@auth/core/providers/gitlab";
import Google from "@auth/core/providers/google";
import Spotify from "@auth/core/providers/spotify";

import { CLIENT, consent, Simulator } from "./simulator.mjs";

const APP = "http://127.0.0.1:9";

let simulator;
before(async () => (simulator = await Simulator.start()));
beforeEach(() => simulator.reset());
after(() => simulator?.stop());

/** Auth.js's own provider, with the simulator's addresses in place of the real ones. */
const PROVIDERS = {
  google: ({ issuer }) => Google({ issuer }),
  oidc: ({ issuer }) => ({ id: "oidc", name: "Oidc", type: "oidc", issuer, idToken: false }),
  github: ({ base }) => GitHub({ enterprise: { baseUrl: base } }),
  gitlab: (at) => GitLab(endpoints(at, { scope: "read_user" })),
  discord: (at) => Discord(endpoints(at, { scope: "identify email" })),
  spotify: (at) => Spotify(endpoints(at, { scope: "user-read-email" })),
};

function endpoints(at, params) {
  return {
    authorization: { url: at.authorization_endpoint, params },
    token: at.token_endpoint,
    userinfo: at.userinfo_endpoint,
  };
}

/** An app with one provider, as an HTTP client with cookies sees it. */
class App {
  cookies = new Map();
  errors = [];

  static async with(provider) {
    const app = new App();
    const made = PROVIDERS[provider](await simulator.provider(provider));
    app.provider = provider;
    app.config = {
      basePath: "/auth",
      providers: [{ ...made, options: { ...made.options, clientId: CLIENT.id, clientSecret: CLIENT.secret } }],
      secret: "only for these tests",
      trustHost: true,
      logger: { error: (error) => app.errors.push(error), warn() {}, debug() {} },
    };
    return app;
  }

  async request(path, init = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...init.headers, cookie };
    const answer = await Auth(new Request(new URL(path, APP), { ...init, headers }), this.config);
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      value ? this.cookies.set(name, value) : this.cookies.delete(name);
    }
    return answer;
  }

  /** Presses the button, chooses somebody, comes back; returns where the app sends the browser then. */
  async signIn(person) {
    const { csrfToken } = await (await this.request("/auth/csrf")).json();
    const start = await this.request(`/auth/signin/${this.provider}`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ csrfToken, callbackUrl: `${APP}/home` }),
    });
    const back = await consent(start.headers.get("location"), person);
    const end = await this.request(back.href);
    return new URL(end.headers.get("location"));
  }

  /** Whoever is signed in. */
  async user() {
    return (await (await this.request("/auth/session")).json())?.user;
  }
}

describe("Auth.js", () => {
  for (const provider of Object.keys(PROVIDERS)) {
    it(`signs in at ${provider}`, async () => {
      const app = await App.with(provider);
      assert.equal((await app.signIn()).pathname, "/home", app.errors.map((error) => error.cause?.err ?? error).join());
      assert.equal((await app.user()).email, "mira@example.org");
      assert.deepEqual(app.errors, []);
    });
  }

  it("signs in people without email or name", async () => {
    for (const person of ["aiko", "rosa", "zoe", "bart"]) {
      const app = await App.with("google");
      assert.equal((await app.signIn(person)).pathname, "/home", person);
    }
  });

  it("refuses a bad id_token, profile or response, and signs nobody in", async () => {
    for (const failure of ["wrong_audience", "wrong_issuer", "expired", "unsigned", "symmetric", "no_id_token", "other_user"]) {
      await simulator.fail("oidc", failure);
      const app = await App.with("oidc");
      assert.equal((await app.signIn()).pathname, "/auth/error", failure);
      assert.equal(await app.user(), undefined, failure);
    }
  });
});

describe("known bugs around Auth.js", () => {
  it("refused: a person who says no and an outage look the same, but for the debug log", async () => {
    const logged = [];
    for (const [failure, cause] of [
      ["refused", "access_denied"],
      ["temporarily_unavailable", "temporarily_unavailable"],
    ]) {
      await simulator.fail("google", failure);
      const app = await App.with("google");
      app.config.logger.debug = (message, { error } = {}) => message === "OAuthCallbackError" && logged.push(error);
      const end = await app.signIn();
      // The browser is at the app in any case, and not stranded at the provider's callback.
      assert.deepEqual([end.origin, end.searchParams.get("error")], [APP, "OAuthCallbackError"]);
      assert.equal(app.errors[0].name, "OAuthCallbackError");
      assert.ok(!app.errors[0].message.includes(cause));
      assert.equal(await app.user(), undefined);
    }
    assert.deepEqual(logged, ["access_denied", "temporarily_unavailable"]);
  });

  it("unverified email: an app that takes any address for proof hands over somebody else's account", async () => {
    const app = await App.with("google");
    const seen = [];
    app.config.callbacks = {
      signIn({ profile }) {
        seen.push([profile.email, profile.email_verified]);
        return profile.email_verified === true;
      },
    };
    assert.equal((await app.signIn("mallory")).pathname, "/auth/error");
    assert.equal((await app.signIn("mira")).pathname, "/home");
    assert.deepEqual(seen, [
      ["mira@example.org", false],
      ["mira@example.org", true],
    ]);
  });
});
