// The demo page: what one does with an account, and what is broken on purpose.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { describe } from "node:test";

import { assertAccessible, assertFits, screenshot } from "./axe.mjs";
import { atConsentPage, choose, Profile } from "./browser.mjs";
import { demoSuite } from "./demo.mjs";

const PICTURE = resolve(import.meta.dirname, "../../docs/demo.png");

describe("an account in the demo", () => {
  const demo = demoSuite();
  const { visit, button, signIn, text, waitForMessage } = demo;

  const linked = (page) => page.getByTestId("linked");
  const others = (page) => page.getByTestId("session-other");

  async function link(page, provider, persona, answer) {
    await page.getByTestId("link-provider").selectOption(provider);
    await page.getByTestId("link").click();
    await choose(page, persona);
    await page.locator(`button[name=answer][value=${answer}]`).click();
    await page.getByTestId("signed-in").waitFor();
  }

  visit("shows the providers with icons, ordered by label", {}, async (page) => {
    await button(page, "google").waitFor();
    const labels = await page.locator("#providers button").allInnerTexts();
    assert.deepEqual(labels, [...labels].sort((one, other) => one.toLowerCase().localeCompare(other.toLowerCase())));
    assert.ok(labels.includes("X") && !labels.includes("Twitter"), labels.join(", "));
    assert.equal(await page.locator("#providers button svg").count(), labels.length);
    assert.equal(await page.getByTestId("pkce").isChecked(), true);
  });

  visit("shows the picture of whoever has one", {}, async (page) => {
    await button(page, "google").click();
    await atConsentPage(page);
    const face = page.getByTestId("person-mira").locator("img");
    assert.ok(await face.evaluate((image) => image.decode().then(() => image.naturalWidth > 0)));
    assert.equal(await page.getByTestId("person-rosa").locator("img").count(), 0);
    await choose(page, "mira");
    await page.getByTestId("avatar").locator("img").waitFor();
  });

  visit("links a provider after a confirmation, and unlinks all but the last", {}, async (page) => {
    await signIn(page, "google", "tess");
    await linked(page).getByText("The last one cannot be unlinked").waitFor();
    assert.equal(await linked(page).getByRole("button", { name: /^Unlink/ }).count(), 0);

    await link(page, "github", "ines", "no");
    await waitForMessage(page, "Not linked");
    assert.equal(await linked(page).locator("li").count(), 1);

    await link(page, "github", "ines", "yes");
    await waitForMessage(page, "GitHub is linked");
    await linked(page).getByText("Ines+News@Example.ORG").waitFor();
    assert.equal(await text(page, "user-name"), "Tess Moreau");

    await page.getByTestId("unlink-google").click();
    await waitForMessage(page, "Google is unlinked");
    assert.equal(await linked(page).locator("li").count(), 1);
    await linked(page).getByText("The last one cannot be unlinked").waitFor();
  });

  visit("lists sessions, ends one, and signs out everywhere", { problems: [/status of 401/] }, async (page) => {
    await signIn(page, "google", "uma");
    const elsewhere = await Profile.open(demo.browser);
    const tabs = [await elsewhere.tab(), await elsewhere.tab()];
    for (const tab of tabs) {
      await tab.goto(demo.server.url);
      await signIn(tab, "google", "uma");
    }
    await page.reload();
    await others(page).nth(1).waitFor();
    await others(page).first().getByRole("button", { name: /^End/ }).click();
    await waitForMessage(page, "That session has ended");
    assert.equal(await others(page).count(), 1);

    const [ended, other] = await Promise.all(
      tabs.map(async (tab) => {
        await tab.getByTestId("refresh").click();
        await tab.getByTestId("message").filter({ hasText: /Session refreshed|could not be refreshed/ }).waitFor();
        return tab;
      }),
    ).then(async ([one, two]) => ((await one.getByTestId("signed-in").isVisible()) ? [two, one] : [one, two]));
    assert.equal(await ended.getByTestId("signed-in").isVisible(), false);
    await other.getByTestId("signout-all").click();
    await waitForMessage(other, "You are signed out everywhere");
    await elsewhere.close([/status of 401.*v1\/token/]);

    await page.getByTestId("refresh").click();
    await page.getByTestId("signed-out").waitFor();
  });

  async function breakAt(page, failure, provider, persona) {
    await page.getByTestId("failure").selectOption({ label: failure });
    await page.getByTestId("failure-provider").selectOption(provider);
    await page.getByTestId("break").click();
    await choose(page, persona);
  }

  visit("fails once in the chosen way and shows what an app gets", {}, async (page) => {
    for (const [failure, provider, parameter] of [
      ["a wrong client secret", "github", "oauth-token-echange-failed"],
      ["for another app", "google", "oauth-profile-fetch-failed"],
      ["the response of another sign-in", "oidc", "invalid-state"],
    ]) {
      await breakAt(page, failure, provider, "mira");
      await waitForMessage(page, failure);
      const outcome = await text(page, "outcome");
      assert.match(outcome, new RegExp(`error\\s+${parameter}`));
      assert.match(outcome, /flow\s+[\da-f]{16}/);
      await page.getByTestId("what-happened").waitFor();
    }
    await signIn(page, "github", "mira");
    assert.equal(await page.getByTestId("outcome").isVisible(), false);
  });

  visit("tells what happened in a sign-in that succeeded", {}, async (page) => {
    await signIn(page, "google", "noor");
    await page.getByTestId("what-happened").click();
    await page.waitForURL(/\/admin\/inspector\/flows\/[\da-f]{16}$/);
    await page.getByText("signed-in").first().waitFor();
  });

  visit("gets no second credential for the same callback", {}, async (page) => {
    await breakAt(page, "the same callback twice", "google", "mira");
    await page.getByTestId("continue").click();
    await page.getByTestId("signed-in").waitFor();
    await page.goBack();
    await page.getByTestId("continue").click();
    await waitForMessage(page, /This sign-in has expired|This callback was used before/);
  });

  visit("is an app, and says so without JavaScript", { javaScriptEnabled: false }, async (page) => {
    await page.getByTestId("no-script").waitFor();
    assert.equal(await page.getByTestId("signed-out").isVisible(), false);
    await page.getByTestId("no-script").getByRole("link").click();
    await page.waitForURL(`${demo.server.url}/signin`);
  });

  for (const [name, options] of [
    ["wide", { viewport: { width: 1280, height: 900 } }],
    ["narrow", { viewport: { width: 390, height: 844 } }],
    ["dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark", reducedMotion: "reduce" }],
    ["smallest", { viewport: { width: 320, height: 640 }, colorScheme: "dark" }],
  ]) {
    visit(`is accessible and fits: ${name}`, options, async (page) => {
      const look = async (state) => {
        await assertAccessible(page);
        await assertFits(page);
        await screenshot(page, `demo-${state}-${name}`);
      };
      await button(page, "google").waitFor();
      await look("signed-out");
      await button(page, "google").click();
      await atConsentPage(page);
      await look("consent");
      await choose(page, "mira");
      await page.getByTestId("avatar").locator("img").waitFor();
      await page.getByTestId("session-current").waitFor();
      await page.getByTestId("fetch-tokens").click();
      await waitForMessage(page, "Tokens fetched");
      await look("signed-in");
      await page.getByTestId("signout").click();
      await page.getByTestId("signed-out").waitFor();
      await breakAt(page, "a code that is refused", "google", "mira");
      await page.getByTestId("outcome").waitFor();
      await look("failed");
    });
  }

  if (process.env.UPDATE_PICTURES === "1") {
    visit("takes the picture for the docs", { viewport: { width: 1100, height: 800 } }, async (page) => {
      await signIn(page, "google", "mira");
      await page.getByTestId("avatar").locator("img").waitFor();
      await page.getByTestId("session-current").waitFor();
      await page.mouse.move(0, 0);
      await page.screenshot({ path: PICTURE, fullPage: true });
      assert.ok((await readFile(PICTURE)).length < 200_000);
    });
  }
});
