// The demo page of a server without configuration, and what tests do on it.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";

import { choose, startBrowser, Profile } from "./browser.mjs";
import { newFolder, Server } from "./server.mjs";

/** Starts server and browser for the tests of a suite. */
export function demoSuite() {
  const demo = {
    /** A test with one profile and one tab on the demo page. `problems` are the expected console errors. */
    visit(name, { problems = [], ...options }, steps) {
      it(name, () =>
        demo.server.explaining(async () => {
          const profile = await Profile.open(demo.browser, options);
          const page = await profile.tab();
          await page.goto(demo.server.url);
          await steps(page, profile);
          await profile.close(problems);
        }),
      );
    },
    button: (page, provider) => page.getByTestId(`signin-${provider}`),
    async signIn(page, provider, persona) {
      await demo.button(page, provider).click();
      await choose(page, persona);
      await page.getByTestId("signed-in").waitFor();
      // The page removes the credential from the address bar.
      assert.equal(page.url(), `${demo.server.url}/`);
    },
    text: (page, id) => page.getByTestId(id).innerText(),
    json: async (page, id) => JSON.parse(await demo.text(page, id)),
    waitForMessage: (page, words) => page.getByTestId("message").filter({ hasText: words }).waitFor(),
  };

  before(async () => {
    demo.server = await Server.start(newFolder());
    demo.browser = await startBrowser();
  });

  after(async () => {
    await demo.browser?.close();
    await demo.server?.stop();
  });

  return demo;
}
