// The sign-in page of both dialects, in a real browser: with and without JavaScript, in five languages, at the narrowest
// width, light and dark, by keyboard, and with axe.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { assertAccessible, assertFits, screenshot } from "./axe.mjs";
import { choose, startBrowser, Profile } from "./browser.mjs";
import { newFolder, Server } from "./server.mjs";

const LANGUAGES = {
  en: ["Sign in", "Continue with Google"],
  de: ["Anmelden", "Weiter mit Google"],
  fr: ["Se connecter", "Continuer avec Google"],
  es: ["Iniciar sesión", "Continuar con Google"],
  sv: ["Logga in", "Fortsätt med Google"],
};

const CONFIG = `
mode = "development"
[pages]
name = "Example"
accent = "#4f46e5"
providers = ["google", "github", "apple"]
terms_url = "https://app.test/terms"
privacy_url = "https://app.test/privacy"
imprint_url = "https://app.test/imprint"
`;

describe("the sign-in page", () => {
  let server, browser;

  before(async () => {
    server = await Server.start(newFolder(), { config: CONFIG });
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  function visit(name, options, steps) {
    it(name, () =>
      server.explaining(async () => {
        const profile = await Profile.open(browser, options);
        await steps(await profile.tab(), profile);
        await profile.close();
      }),
    );
  }

  const paths = { nhost: "/signin", aufy: "/api/auth/signin" };
  const button = (page, name) => page.getByRole("link", { name: `Continue with ${name}` });

  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? "with scripts" : "without scripts";
    visit(`signs in through Nhost's routes ${how}`, { javaScriptEnabled }, async (page) => {
      // The page is used as that of an app.
      const target = encodeURIComponent(`${server.url}/signin?a=1`);
      await page.goto(`${server.url}/v1/signin?redirectTo=${target}&state=x%26y`);
      await button(page, "Google").click();
      await choose(page, "mira");
      await page.waitForURL(/signin\?.*refreshToken=/);
      const { pathname, searchParams } = new URL(page.url());
      assert.deepEqual([pathname, searchParams.get("a"), searchParams.get("state")], ["/signin", "1", "x&y"]);
    });

    visit(`signs in through Aufy's routes ${how}`, { javaScriptEnabled }, async (page, profile) => {
      await page.goto(`${server.url}/api/auth/signin?callbackUrl=${server.url}/signin?back=1`);
      await button(page, "GitHub").click();
      await choose(page, "mira");
      await page.waitForURL(/back=1/);
      const cookies = await profile.context.cookies();
      assert.ok(cookies.some((cookie) => cookie.name === "Aufy.ExternalSignInScheme"), JSON.stringify(cookies));
    });
  }

  for (const [locale, [title, google]] of Object.entries(LANGUAGES)) {
    visit(`speaks ${locale}`, { locale }, async (page) => {
      await page.goto(`${server.url}/signin`);
      assert.equal(await page.title(), `${title} · Example`);
      await page.getByRole("heading", { name: title, exact: true, level: 1 }).waitFor();
      await page.getByRole("link", { name: google, exact: true }).waitFor();
      assert.equal(await page.locator("html").getAttribute("lang"), locale);
      await assertAccessible(page);
    });
  }

  const looks = {
    wide: { viewport: { width: 1280, height: 900 } },
    phone: { viewport: { width: 390, height: 844 } },
    dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
    narrow: { viewport: { width: 320, height: 640 } },
    // A window of 1280 pixels at 200 % has the width of one with 640.
    zoomed: { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 },
    still: { viewport: { width: 390, height: 844 }, reducedMotion: "reduce" },
    contrast: { viewport: { width: 390, height: 844 }, forcedColors: "active" },
  };
  for (const [look, options] of Object.entries(looks)) {
    visit(`fits and is accessible: ${look}`, options, async (page) => {
      for (const [dialect, path] of Object.entries(paths)) {
        await page.goto(`${server.url}${path}?lang=de`);
        await assertFits(page);
        await assertAccessible(page);
        if (dialect === "nhost") await screenshot(page, `sign-in-${look}`);
      }
    });
  }

  visit("has its buttons in the operator's order, and the last one used first", {}, async (page) => {
    await page.goto(`${server.url}/signin`);
    const labels = async () => (await page.getByRole("listitem").allInnerTexts()).map((text) => text.trim());
    assert.deepEqual((await labels()).slice(0, 3), ["Google", "GitHub", "Apple"].map((name) => `Continue with ${name}`));
    await button(page, "GitHub").click();
    await page.getByRole("heading", { name: "Who are you today?" }).waitFor();

    // Back leads to the page, not to the redirect between.
    await page.goBack();
    await page.reload();
    assert.match((await labels())[0], /Continue with GitHub\s+Last used/);
    await screenshot(page, "sign-in-last-used");
    await assertAccessible(page);

    // The keyboard goes through the buttons as they are shown, then through the links at the bottom.
    const seen = [];
    for (let n = 0; n < (await labels()).length + 3; n++) {
      await page.keyboard.press("Tab");
      seen.push(await page.evaluate(() => document.activeElement.innerText.trim()));
    }
    assert.deepEqual(seen, [...(await labels()), "Terms", "Privacy", "Imprint"]);
  });
});
