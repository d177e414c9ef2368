// The page of the description, in a real browser: with and without JavaScript, light and dark, wide and narrow.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { assertAccessible, assertFits, screenshot } from "./axe.mjs";
import { Profile, startBrowser } from "./browser.mjs";
import { newFolder, Server } from "./server.mjs";

const CONFIG = `mode = "development"\nadmin.token = "0b5c9d1e7f3a4d6c8e2f1a0b9c8d7e6f"\n`;

describe("the page of the description", () => {
  let server, browser;

  before(async () => {
    server = await Server.start(newFolder(), { config: CONFIG });
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  for (const [name, options] of [
    ["wide", { viewport: { width: 1280, height: 900 } }],
    ["narrow", { viewport: { width: 390, height: 900 } }],
    ["dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }],
    ["narrowest", { viewport: { width: 320, height: 900 }, javaScriptEnabled: false }],
  ]) {
    it(`is readable and accessible: ${name}`, () =>
      server.explaining(async () => {
        const profile = await Profile.open(browser, options);
        const page = await profile.tab();
        await page.goto(`${server.url}/openapi`);
        // A link opens the route that it leads to, without scripts.
        await page.getByRole("link", { name: "POST /token", exact: true }).click();
        await page.getByText("Replaces the refresh token.").waitFor();
        await page.locator("nav a").first().click();
        assert.equal(await page.locator("details[open]").count(), 2);
        if (options.javaScriptEnabled !== false) {
          await assertFits(page);
          await assertAccessible(page);
        }
        await screenshot(page, `openapi-${name}`, { fullPage: false });
        await profile.close();
      }),
    );
  }
});
