// The npm package openid-client signs in at the simulated providers, and meets their failures.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";

import * as client from "openid-client";

import { CALLBACK, CLIENT, consent, Simulator, TENANT } from "./simulator.mjs";

/** Scope and client authentication at each provider. */
const OPENID = {
  google: { scope: "openid email profile" },
  gitlab: { scope: "openid email profile read_user" },
  discord: { scope: "openid email identify" },
  entraid: { scope: "openid email profile offline_access", tenant: `${TENANT}/v2.0` },
  oidc: { scope: "openid email profile", auth: client.ClientSecretBasic },
};
const OAUTH2 = {
  github: { scope: "read:user user:email" },
  spotify: { scope: "user-read-email" },
  facebook: { scope: "email" },
  oauth2: { scope: "email" },
};

let simulator;
before(async () => (simulator = await Simulator.start()));
beforeEach(() => simulator.reset());
after(() => simulator?.stop());

/** The configuration as its README shows, plus permission to use http. */
async function configure(provider) {
  const { auth = client.ClientSecretPost, tenant } = { ...OPENID, ...OAUTH2 }[provider];
  const at = await simulator.provider(provider);
  if (provider in OPENID) {
    const issuer = new URL(tenant ? `${at.base}/${tenant}` : at.issuer);
    const options = { execute: [client.allowInsecureRequests] };
    return client.discovery(issuer, CLIENT.id, undefined, auth(CLIENT.secret), options);
  }
  const config = new client.Configuration({ ...at }, CLIENT.id, undefined, auth(CLIENT.secret));
  client.allowInsecureRequests(config);
  return config;
}

/** Signs in with state, nonce and PKCE. */
async function signIn(provider, config, { person, ...parameters } = {}) {
  const isOpenId = provider in OPENID;
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: { ...OPENID, ...OAUTH2 }[provider].scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    ...(isOpenId && { nonce }),
    ...parameters,
  });
  return client.authorizationCodeGrant(config, await consent(url, person), {
    pkceCodeVerifier: verifier,
    expectedState: state,
    ...(isOpenId && { expectedNonce: nonce, idTokenExpected: true }),
  });
}

/** The name in openid-client's error, or the OAuth error code. */
const refused = (attempt) => assert.rejects(attempt).then(() => attempt.catch((error) => error.error ?? error.code));

describe("openid-client", () => {
  for (const provider of Object.keys(OPENID)) {
    it(`signs in at ${provider}`, async () => {
      const config = await configure(provider);
      const tokens = await signIn(provider, config);
      const { sub } = tokens.claims();
      const profile = await client.fetchUserInfo(config, tokens.access_token, sub);
      assert.equal(profile.email, "mira@example.org");
    });
  }

  for (const provider of Object.keys(OAUTH2)) {
    it(`signs in at ${provider}`, async () => {
      const config = await configure(provider);
      const tokens = await signIn(provider, config);
      const url = new URL((await simulator.provider(provider)).userinfo_endpoint);
      const headers = new Headers({ "user-agent": "e2e" });
      const profile = await client.fetchProtectedResource(config, tokens.access_token, url, "GET", null, headers);
      assert.ok((await profile.json()).id);
    });
  }

  it("refuses an id_token that is not for this sign-in", async () => {
    const config = await configure("oidc");
    for (const [failure, claim] of [
      ["wrong_audience", "aud"],
      ["wrong_issuer", "iss"],
      ["wrong_nonce", "nonce"],
      ["no_nonce", "nonce"],
      ["expired", "exp"],
    ]) {
      await simulator.fail("oidc", failure, { times: 1 });
      const error = await signIn("oidc", config).then(() => assert.fail(failure), (error) => error);
      assert.ok(error.cause.cause.claim === claim || error.cause.message.includes(`"${claim}"`), `${failure}: ${error.cause}`);
    }
    await signIn("oidc", config);
  });

  it("refuses unsigned and symmetric id_tokens, and verifies signatures if told to", async () => {
    const config = await configure("oidc");
    for (const failure of ["unsigned", "symmetric"]) {
      await simulator.fail("oidc", failure, { times: 1 });
      await refused(signIn("oidc", config));
    }
    // Without further ado it trusts the connection to the token endpoint (OpenID Connect Core, section 3.1.3.7).
    await simulator.fail("oidc", "wrong_signature", { times: 2 });
    await signIn("oidc", config);
    client.enableNonRepudiationChecks(config);
    await refused(signIn("oidc", config));
    await signIn("oidc", config);
  });

  it("refuses the response of a mix-up or of another sign-in", async () => {
    const config = await configure("oidc");
    for (const failure of ["other_response_issuer", "other_state"]) {
      await simulator.fail("oidc", failure);
      await refused(signIn("oidc", config));
    }
    assert.equal((await simulator.counts()).oidc.token, 0, "no code was sent");
  });

  it("tells refusal, a bad code and a rejected client apart", async () => {
    const config = await configure("google");
    for (const [failure, code] of [
      ["refused", "access_denied"],
      ["temporarily_unavailable", "temporarily_unavailable"],
      ["bad_code", "invalid_grant"],
      // With the error in the challenge of its status 401.
      ["bad_client", "OAUTH_WWW_AUTHENTICATE_CHALLENGE"],
    ]) {
      await simulator.fail("google", failure);
      assert.equal(await refused(signIn("google", config)), code);
    }
  });
});

describe("known bugs around openid-client", () => {
  it("a list of scopes, as Twitch returns, is refused until it is joined", async () => {
    OPENID.twitch = { scope: "openid user:read:email" };
    const config = await configure("twitch");
    assert.equal(await refused(signIn("twitch", config)), "OAUTH_INVALID_RESPONSE");
    config[client.customFetch] = async (...request) => {
      const answer = await fetch(...request);
      const body = await answer.json();
      if (Array.isArray(body.scope)) body.scope = body.scope.join(" ");
      return Response.json(body, { status: answer.status });
    };
    assert.ok((await signIn("twitch", config)).id_token);
  });

  it("other_user: only a comparison with the id_token's subject notices the swapped profile", async () => {
    const config = await configure("oidc");
    const tokens = await signIn("oidc", config);
    await simulator.fail("oidc", "other_user");
    const unchecked = await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck);
    assert.notEqual(unchecked.sub, tokens.claims().sub);
    await refused(client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub));
  });

  it("bad_code: GitHub's error has status 200, so a check of the status alone sees success", async () => {
    await simulator.fail("github", "bad_code");
    const { token_endpoint } = await simulator.provider("github");
    const body = new URLSearchParams({
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      code: "any",
      redirect_uri: CALLBACK,
    });
    const naive = await fetch(token_endpoint, { method: "POST", body, headers: { accept: "application/json" } });
    assert.deepEqual([naive.ok, (await naive.json()).access_token], [true, undefined]);
    assert.equal(await refused(signIn("github", await configure("github"))), "OAUTH_INVALID_RESPONSE");
  });

  it("no_new_refresh_token: storing the response as it is loses the refresh token", async () => {
    const config = await configure("entraid");
    let naive = await signIn("entraid", config);
    let right = naive;
    await simulator.fail("entraid", "no_new_refresh_token");
    naive = await client.refreshTokenGrant(config, naive.refresh_token);
    assert.equal(naive.refresh_token, undefined, "the next refresh of this app fails");
    for (const _ of [1, 2]) right = { ...right, ...(await client.refreshTokenGrant(config, right.refresh_token)) };
    assert.ok(right.refresh_token);
  });

  it("reuse_detection: two refreshes at once end the grant, a shared one does not", async () => {
    const config = await configure("oidc");
    await simulator.fail("oidc", "reuse_detection");
    const refresh = ({ refresh_token }) => client.refreshTokenGrant(config, refresh_token);
    const naive = await signIn("oidc", config);
    const both = await Promise.allSettled([refresh(naive), refresh(naive)]);
    assert.deepEqual(both.map((one) => one.status).sort(), ["fulfilled", "rejected"]);
    const winner = both.find((one) => one.status === "fulfilled").value;
    assert.equal(await refused(refresh(winner)), "invalid_grant", "the tokens of the winner are revoked as well");
    assert.equal((await simulator.counts()).oidc.reused_refresh_tokens, 1);

    const right = await signIn("oidc", config);
    let pending;
    const shared = () => (pending ??= refresh(right));
    const [one, other] = await Promise.all([shared(), shared()]);
    assert.equal(one.refresh_token, other.refresh_token);
    await refresh(one);
  });

  it("no_expires_in: a computed time of expiry is not a number", async () => {
    const config = await configure("google");
    await simulator.fail("google", "no_expires_in");
    const tokens = await signIn("google", config);
    assert.ok(Number.isNaN(Date.now() / 1000 + tokens.expires_in));
    assert.equal(tokens.expiresIn(), undefined);
  });
});
