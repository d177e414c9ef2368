// A sign-in lives in the browser that began it: no process has to stay alive for it, and none has to be the same.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Acme } from "./acme.mjs";
import { atConsentPage, choose, startBrowser, Profile } from "./browser.mjs";
import { ask, freePort, newFolder, Server } from "./server.mjs";

describe("a sign-in under way", () => {
  let browser;
  before(async () => (browser = await startBrowser()));
  after(() => browser?.close());

  it("survives the death of the server", async (context) => {
    const server = await Server.start(newFolder());
    context.after(() => server.stop());
    await server.explaining(async () => {
      const profile = await Profile.open(browser);
      const page = await profile.tab();
      await page.goto(server.url);
      await page.getByTestId("signin-google").click();
      await atConsentPage(page);

      await server.kill();
      await assert.rejects(fetch(server.url), "nobody answers");
      await server.start();

      await choose(page, "mira");
      await page.getByTestId("signed-in").waitFor();
      assert.equal(await page.getByTestId("user-email").innerText(), "mira@example.org");
      await profile.close();
    });
  });

  it("begins on one process and ends on another, and its tokens are handed out once by either", async (context) => {
    const folder = newFolder();
    // What providers and browsers know; a proxy would listen there. Here nobody does, so that the browser stops on
    // its way back and can be sent to the other process.
    const publicUrl = `http://127.0.0.1:${await freePort()}`;
    const acme = await Acme.start();
    context.after(() => acme.close());
    const config = `mode = "development"\n${acme.register(publicUrl)}`;
    const one = await Server.start(folder, { config, publicUrl });
    context.after(() => one.stop());
    const two = await Server.start(folder, { config, publicUrl });
    context.after(() => two.stop());
    const steps = async () => {
      const profile = await Profile.open(browser);
      const page = await profile.tab();
      await page.goto(`${one.url}/signin/provider/acme?redirectTo=${encodeURIComponent(`${publicUrl}/home`)}`);
      const nobody = (path) =>
        page.waitForEvent("requestfailed", (request) => request.url().startsWith(`${publicUrl}${path}`));
      const stopped = nobody("/signin/provider/acme/callback?");
      await acme.choose(page, "Ada Byron");
      const callback = (await stopped).url();
      const cookies = await profile.flowCookies();

      const home = nobody("/home?");
      // The cookie goes with the host; a port is no part of it.
      await page.goto(callback.replace(publicUrl, two.url)).catch(() => {});
      const refreshToken = new URL((await home).url()).searchParams.get("refreshToken");
      assert.ok(refreshToken, "the sign-in came to its end");

      const session = await ask(`${one.url}/v1/token`, { method: "POST", body: { refreshToken } });
      assert.equal(session.body?.user?.email, "ada@acme.example");
      const bearer = session.body.accessToken;
      const path = "/v1/signin/provider/acme/callback/tokens";
      const answers = await Promise.all([one, two, one, two].map(({ url }) => ask(url + path, { bearer })));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400, 400]);

      // The same callback once more, cookie and all, on the process that began it: it leads home with nothing in its
      // hands, and the code is not presented a second time.
      await profile.context.addCookies(cookies);
      const again = nobody("/home");
      await page.goto(callback.replace(publicUrl, one.url)).catch(() => {});
      assert.equal(new URL((await again).url()).searchParams.get("refreshToken"), null);
      assert.equal(acme.count("POST /token"), 1);
      await profile.close();
    };
    await one.explaining(() => two.explaining(steps));
  });
});
