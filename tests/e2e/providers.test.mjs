// Every simulated provider in a real browser, and the one that posts its response from another site.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { choose, startBrowser, Profile } from "./browser.mjs";
import { freePort, newFolder, Server } from "./server.mjs";

const NAMES = [
  "apple",
  "azuread",
  "bitbucket",
  "discord",
  "entraid",
  "facebook",
  "github",
  "gitlab",
  "google",
  "linkedin",
  "oidc",
  "spotify",
  "strava",
  "twitch",
  "twitter",
  "windowslive",
  "workos",
];

describe("every provider", () => {
  let server, browser;

  before(async () => {
    server = await Server.start(newFolder());
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  it("has a button", () =>
    server.explaining(async () => {
      const profile = await Profile.open(browser);
      const page = await profile.tab();
      await page.goto(server.url);
      await page.getByTestId("signin-google").waitFor();
      const ids = await page.locator("[data-testid^=signin-]").evaluateAll((all) => all.map((one) => one.dataset.testid));
      assert.deepEqual(ids.toSorted(), NAMES.map((name) => `signin-${name}`).toSorted());
      await profile.close();
    }));

  for (const name of NAMES) {
    it(`signs in with ${name}`, () =>
      server.explaining(async () => {
        const profile = await Profile.open(browser);
        const page = await profile.tab();
        await page.goto(server.url);
        await page.getByTestId(`signin-${name}`).click();
        await choose(page, "aiko");
        await page.getByTestId("signed-in").waitFor();
        assert.match(await page.getByTestId("user-name").innerText(), /aiko/i);
        assert.deepEqual(await profile.flowCookies(), []);
        await profile.close();
      }));
  }
});

describe("Apple's form post from another site", () => {
  let server, browser;

  before(async () => {
    // To a browser `localhost` and `127.0.0.1` are different sites.
    const port = await freePort();
    server = await Server.start(newFolder(), { port, publicUrl: `http://localhost:${port}` });
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  it("arrives without the flow's cookie, is repeated same-site, and signs in", () =>
    server.explaining(async () => {
      const profile = await Profile.open(browser);
      const page = await profile.tab();
      const home = `http://localhost:${server.port}`;
      const start = await profile.context.request.get(`${home}/signin/provider/apple`, { maxRedirects: 0 });
      const [cookie] = await profile.flowCookies();
      assert.deepEqual([cookie.sameSite, cookie.httpOnly], ["Lax", true]);

      const seen = [];
      page.on("response", (response) => {
        if (response.url().includes("/callback")) seen.push(response);
      });
      await page.goto(start.headers().location.replace("localhost", "127.0.0.1"));
      await choose(page, "mira");
      await page.waitForURL(`${home}/**`);
      await page.getByTestId("message").waitFor();

      const told = async (response) => {
        const { cookie } = await response.request().allHeaders();
        return [response.request().method(), response.status(), Boolean(cookie)];
      };
      assert.deepEqual(await Promise.all(seen.map(told)), [
        ["POST", 303, false],
        ["GET", 302, true],
      ]);
      const [there, on] = seen.map((response) => response.headers().location);
      assert.match(there, /\/callback\?state=[^&]+$/, "what was posted stands in no address");
      assert.match(on, /refreshToken=/);
      await profile.context.close();
    }));
});
