// Error pages in a real browser, with and without JavaScript.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { assertAccessible, assertFits, screenshot } from "./axe.mjs";
import { Profile, startBrowser } from "./browser.mjs";
import { newFolder, Server } from "./server.mjs";

const CONFIG = `
mode = "development"

[pages]
name = "Example"
contact = "help@example.com"

[providers.acme]
type = "oidc"
issuer = "http://127.0.0.1:1"
client_id = "c"
client_secret = "s"

[providers.github]
client_id = "c"
client_secret = "s"
`;

/** The pages: a name, where a browser meets it, its status and heading. */
const PAGES = [
  ["unknown-provider", "/signin/provider/nobody", 400, "This way to sign in is not available"],
  ["return-url", "/signin/provider/github?redirectTo=https://evil.example/", 400, "The address to return to is not allowed"],
  ["callback-without-state", "/signin/provider/github/callback?code=c", 400, "This request cannot be answered"],
  ["foreign-state", "/api/auth/external/callback/github?state=x&code=c", 400, "This sign-in cannot go on"],
  ["outage", "/signin/provider/acme", 503, "This does not work at the moment"],
  ["link-expired", "/link/confirm", 400, "There is nothing to confirm any more"],
  ["not-found", "/nothing", 404, "There is nothing at this address"],
];

describe("error pages", () => {
  let server, browser;

  before(async () => {
    server = await Server.start(newFolder(), { config: CONFIG });
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  for (const javaScriptEnabled of [true, false]) {
    for (const [name, path, status, heading] of PAGES) {
      it(`${name} is a page ${javaScriptEnabled ? "with" : "without"} JavaScript`, () =>
        server.explaining(async () => {
          const profile = await Profile.open(browser, { javaScriptEnabled, viewport: { width: 1280, height: 800 } });
          const page = await profile.tab();
          const response = await page.goto(server.url + path);
          assert.equal(response.status(), status);
          await page.getByRole("heading", { level: 1, name: heading }).waitFor();
          await page.getByText("help@example.com").waitFor();
          if (javaScriptEnabled) {
            for (const [mode, width, colorScheme] of [["1280", 1280, "light"], ["390", 390, "light"], ["dark", 390, "dark"]]) {
              await page.setViewportSize({ width, height: 800 });
              await page.emulateMedia({ colorScheme });
              await assertAccessible(page);
              await assertFits(page);
              await screenshot(page, `error-${name}-${mode}`);
            }
            await page.setViewportSize({ width: 320, height: 640 });
            await assertFits(page);
          }
          // The keyboard reaches the most helpful way out first.
          await page.keyboard.press("Tab");
          const focused = page.locator(".actions a").first();
          assert.ok(await focused.evaluate((link) => link === document.activeElement));
          await page.getByRole("link", { name: "Back to Example" }).click();
          await page.waitForURL((url) => url.pathname === "/");
          await profile.close([/status of [45]\d\d/]);
        }));
    }
  }

  it("is in the language of the browser", () =>
    server.explaining(async () => {
      for (const [locale, heading] of [["de-AT", "Unter dieser Adresse gibt es nichts"], ["sv", "Det finns inget"]]) {
        const profile = await Profile.open(browser, { locale });
        const page = await profile.tab();
        await page.goto(`${server.url}/nothing`);
        await page.getByRole("heading", { name: heading }).waitFor();
        assert.equal(await page.getAttribute("html", "lang"), locale.slice(0, 2));
        await assertAccessible(page);
        await profile.close([/status of 404/]);
      }
    }));
});
