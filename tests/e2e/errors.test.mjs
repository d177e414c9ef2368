// Error pages and the link page in a real browser, with and without JavaScript.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { assertAccessible, assertFits, screenshot } from "./axe.mjs";
import { choose, Profile, startBrowser } from "./browser.mjs";
import { ask, newFolder, Server } from "./server.mjs";

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

describe("the link page", () => {
  let server, browser;

  before(async () => {
    server = await Server.start(newFolder());
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  for (const javaScriptEnabled of [true, false]) {
    it(`is answered both ways ${javaScriptEnabled ? "with" : "without"} JavaScript`, () =>
      server.explaining(async () => {
        const profile = await Profile.open(browser, { javaScriptEnabled });
        const page = await profile.tab();
        // The sign-in page is used as the app's, because it keeps its URL.
        const home = encodeURIComponent(`${server.url}/signin`);
        const returned = () => page.waitForURL(`${server.url}/signin?**`).then(() => new URL(page.url()).searchParams);
        await page.goto(`${server.url}/signin/provider/google?redirectTo=${home}`);
        await choose(page, "mira");
        const refreshToken = (await returned()).get("refreshToken");
        const session = await ask(`${server.url}/token`, { method: "POST", body: { refreshToken } });
        const start = `${server.url}/signin/provider/github?redirectTo=${home}&connect=${session.body.accessToken}`;

        const confirmation = async () => {
          await page.goto(start);
          await choose(page, javaScriptEnabled ? "jonas" : "rosa");
          await page.waitForURL(`${server.url}/link/confirm`);
          await page.getByRole("heading", { name: "Link GitHub to your account?" }).waitFor();
          await page.getByText("Mira Okafor").waitFor();
        };
        await confirmation();
        if (javaScriptEnabled) {
          for (const [mode, width, colorScheme] of [["1280", 1280, "light"], ["390", 390, "light"], ["dark", 390, "dark"]]) {
            await page.setViewportSize({ width, height: 800 });
            await page.emulateMedia({ colorScheme });
            await assertAccessible(page);
            await assertFits(page);
            await screenshot(page, `link-${mode}`);
          }
        }
        await page.getByRole("button", { name: "Do not link" }).click();
        const declined = await returned();
        assert.equal(declined.get("error"), "access-denied");
        assert.equal(declined.get("errorDescription"), "You chose not to link this account");

        await confirmation();
        await page.getByRole("button", { name: "Link", exact: true }).click();
        const linked = await returned();
        assert.deepEqual([linked.get("error"), linked.get("linked")], [null, "github"]);

        // Asked again, there is nothing to confirm.
        const response = await page.goto(`${server.url}/link/confirm`);
        assert.equal(response.status(), 400);
        await page.getByRole("heading", { name: "There is nothing to confirm any more" }).waitFor();
        await profile.close([/status of 400/]);
      }));
  }
});
