// The demo page of a server without configuration.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { atConsentPage, choose, Profile } from "./browser.mjs";
import { demoSuite } from "./demo.mjs";

/** The browser reports each error status as a console error. */
const SPENT = /status of 400.*callback\/tokens/;

describe("the demo", () => {
  const demo = demoSuite();
  const { visit, button, signIn, text, json, waitForMessage } = demo;

  for (const provider of ["google", "github", "oidc"]) {
    visit(`signs in with ${provider} and returns the tokens once`, { problems: [SPENT] }, async (page) => {
      await signIn(page, provider, "mira");
      assert.equal(await text(page, "user-name"), "Mira Okafor");
      assert.equal(await text(page, "user-email"), "mira@example.org");
      assert.equal(await text(page, "user-verified"), "verified");

      await page.getByTestId("fetch-tokens").click();
      await waitForMessage(page, "Tokens fetched");
      const tokens = await json(page, "tokens-result");
      assert.match(tokens.accessToken, /^.{8}…$/, "only the beginning of a token is shown");
      // GitHub's tokens do not expire; the response has a date all the same.
      const end = provider === "github" ? 0 : tokens.expiresIn * 1000 + Date.now();
      assert.ok(tokens.expiresIn === 0 || tokens.expiresIn > 3500, `${tokens.expiresIn} seconds`);
      assert.ok(Date.parse(tokens.expiresAt) <= end, tokens.expiresAt);

      await page.getByTestId("fetch-tokens").click();
      await waitForMessage(page, "Already fetched");
      const refusal = await json(page, "tokens-result");
      assert.deepEqual([refusal.status, refusal.error], [400, "invalid-request"]);
    });
  }

  visit("refreshes the session, shows the user, and signs out", {}, async (page) => {
    await signIn(page, "google", "rosa");
    assert.equal(await text(page, "user-name"), "rosa@example.com", "without a name the heading is the address");
    const before = await text(page, "refresh-token");
    assert.match(before, /^….{6}$/);

    await page.getByTestId("refresh").click();
    await waitForMessage(page, "Session refreshed");
    assert.notEqual(await text(page, "refresh-token"), before);

    await page.getByTestId("whoami").click();
    await waitForMessage(page, "User found");
    const me = await json(page, "whoami-result");
    assert.equal(me.email, "rosa@example.com");
    assert.equal(me.emailVerified, true);

    await page.getByTestId("signout").click();
    await waitForMessage(page, "You are signed out");
    await page.getByTestId("signed-out").waitFor();
    await page.reload();
    await button(page, "google").waitFor();
    assert.equal(await page.getByTestId("signed-in").isVisible(), false);
  });

  visit("finds the user again by any provider that verifies the email", {}, async (page) => {
    const ids = [];
    for (const provider of ["google", "github", "oidc", "google"]) {
      await signIn(page, provider, "mira");
      await page.getByTestId("whoami").click();
      await waitForMessage(page, "User found");
      ids.push((await json(page, "whoami-result")).id);
      await page.getByTestId("signout").click();
    }
    assert.equal(new Set(ids).size, 1, ids.join(" "));
  });

  visit("returns a code, and a refresh token without PKCE", {}, async (page) => {
    const seen = [];
    page.on("framenavigated", (frame) => seen.push(frame.url()));
    const hasReturnedWith = (pattern) => seen.splice(0).some((url) => pattern.test(url));
    await signIn(page, "google", "mira");
    await waitForMessage(page, "You returned with a code");
    const urls = [...seen];
    assert.ok(hasReturnedWith(/[?&]code=[\w-]{43}(&|$)/), urls.join("\n"));
    assert.ok(!urls.some((url) => url.includes("refreshToken=")), urls.join("\n"));
    assert.equal(await text(page, "user-name"), "Mira Okafor");

    await page.getByTestId("signout").click();
    await waitForMessage(page, "You are signed out");
    await page.getByTestId("pkce").uncheck();
    await signIn(page, "google", "mira");
    await waitForMessage(page, "You returned with a refresh token");
    assert.ok(hasReturnedWith(/[?&]refreshToken=/));
  });

  visit("reports a denial", {}, async (page, profile) => {
    await button(page, "github").click();
    await atConsentPage(page);
    await page.getByTestId("deny").click();
    await waitForMessage(page, "Sign-in cancelled");
    assert.match(await text(page, "message"), /oauth-provider-error · access_denied/);
    assert.doesNotMatch(await text(page, "message"), /did not start that sign-in/);
    assert.equal(page.url(), `${demo.server.url}/`);
    assert.deepEqual(await profile.flowCookies(), []);
    await button(page, "github").waitFor();
  });

  visit("signs in a user without an email", {}, async (page) => {
    await signIn(page, "github", "aiko");
    assert.equal(await text(page, "user-name"), "Aiko Tanaka");
    assert.equal(await text(page, "user-email"), "no address");
    assert.equal(await page.getByTestId("user-verified").isVisible(), false);
    await page.getByTestId("whoami").click();
    await waitForMessage(page, "User found");
    assert.equal("email" in (await json(page, "whoami-result")), false);
  });

  visit("does not trust an unverified email", {}, async (page) => {
    await signIn(page, "oidc", "jonas");
    assert.equal(await text(page, "user-email"), "jonas@example.net");
    assert.equal(await text(page, "user-verified"), "not verified");
    await page.getByTestId("signout").click();

    // Nobody has verified it, so another provider that claims it gets an account of its own.
    await signIn(page, "google", "jonas");
    assert.equal(await text(page, "user-verified"), "not verified");
    await page.getByTestId("signout").click();

    // An email that somebody has verified is refused without proof.
    await signIn(page, "google", "mira");
    await page.getByTestId("signout").click();
    await button(page, "twitch").click();
    await choose(page, "mira");
    await waitForMessage(page, "Your email is not verified");
    assert.match(await text(page, "message"), /unverified-user/);
    assert.equal(await page.getByTestId("signed-in").isVisible(), false);
  });

  visit("keeps one HttpOnly cookie for each pending sign-in", {}, async (page, profile) => {
    const other = await profile.tab();
    await other.goto(demo.server.url);
    await button(page, "google").click();
    await atConsentPage(page);
    await button(other, "github").click();
    await atConsentPage(other);

    const cookies = await profile.flowCookies();
    assert.equal(cookies.length, 2);
    for (const cookie of cookies) {
      assert.equal(cookie.httpOnly, true);
      assert.equal(cookie.sameSite, "Lax");
      assert.equal(cookie.path, "/");
      // Plain http on loopback; on https it is Secure and has the `__Host-` prefix.
      assert.equal(cookie.secure, false);
      // Twice flow.ttl, so that a late callback is recognised as expired.
      const minutes = (cookie.expires - Date.now() / 1000) / 60;
      assert.ok(minutes > 19 && minutes <= 20, `${minutes} minutes`);
    }
    assert.equal((await page.evaluate(() => document.cookie)).includes("vouchsafe"), false);

    // The flow that started last finishes first, with another persona.
    await choose(other, "rosa");
    await other.getByTestId("signed-in").waitFor();
    assert.equal((await profile.flowCookies()).length, 1);
    await choose(page, "mira");
    await page.getByTestId("signed-in").waitFor();
    assert.equal((await profile.flowCookies()).length, 0);

    assert.equal(await text(page, "user-email"), "mira@example.org");
    assert.equal(await text(other, "user-name"), "rosa@example.com");
  });

  visit("rejects a flow of another browser", {}, async (page) => {
    await button(page, "google").click();
    await atConsentPage(page);
    const otherProfile = await Profile.open(demo.browser);
    const otherPage = await otherProfile.tab();
    // The URL of the consent page in another browser, which has no cookie for it.
    await otherPage.goto(page.url());
    await choose(otherPage, "mira");
    await waitForMessage(otherPage, "This sign-in has expired");
    assert.equal(await otherPage.getByTestId("signed-in").isVisible(), false);
    await otherProfile.close();
  });
});
