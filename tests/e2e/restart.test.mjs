// A pending sign-in survives a restart and can finish on another process.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Acme } from "./acme.mjs";
import { atConsentPage, choose, startBrowser, Profile } from "./browser.mjs";
import { ask, freePort, newFolder, Server } from "./server.mjs";

describe("a pending sign-in", () => {
  let browser;
  before(async () => (browser = await startBrowser()));
  after(() => browser?.close());

  it("survives a killed server", async (context) => {
    const server = await Server.start(newFolder());
    context.after(() => server.stop());
    await server.explaining(async () => {
      const profile = await Profile.open(browser);
      const page = await profile.tab();
      await page.goto(server.url);
      await page.getByTestId("signin-google").click();
      await atConsentPage(page);

      await server.kill();
      await assert.rejects(fetch(server.url), "the server is down");
      await server.start();

      await choose(page, "mira");
      await page.getByTestId("signed-in").waitFor();
      assert.equal(await page.getByTestId("user-email").innerText(), "mira@example.org");
      await profile.close();
    });
  });

  it("starts on one process and finishes on another, and its tokens are returned once", async (context) => {
    const folder = newFolder();
    // The public URL, where a proxy would listen. Here nothing listens, so that the browser stops at the callback and
    // can be sent to the other process.
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
      const failedRequest = (path) =>
        page.waitForEvent("requestfailed", (request) => request.url().startsWith(`${publicUrl}${path}`));
      const stopped = failedRequest("/signin/provider/acme/callback?");
      await acme.choose(page, "Ada Byron");
      const callback = (await stopped).url();
      const cookies = await profile.flowCookies();

      const home = failedRequest("/home?");
      // Cookies depend on the host, not on the port.
      await page.goto(callback.replace(publicUrl, two.url)).catch(() => {});
      const refreshToken = new URL((await home).url()).searchParams.get("refreshToken");
      assert.ok(refreshToken, "the sign-in came to its end");

      const session = await ask(`${one.url}/v1/token`, { method: "POST", body: { refreshToken } });
      assert.equal(session.body?.user?.email, "ada@acme.example");
      const bearer = session.body.accessToken;
      const path = "/v1/signin/provider/acme/callback/tokens";
      const answers = await Promise.all([one, two, one, two].map(({ url }) => ask(url + path, { bearer })));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400, 400]);

      // The same callback with the cookie again, on the process that started the flow: it redirects without a
      // credential, and the code is not exchanged again.
      await profile.context.addCookies(cookies);
      const again = failedRequest("/home");
      await page.goto(callback.replace(publicUrl, one.url)).catch(() => {});
      assert.equal(new URL((await again).url()).searchParams.get("refreshToken"), null);
      assert.equal(acme.count("POST /token"), 1);
      await profile.close();
    };
    await one.explaining(() => two.explaining(steps));
  });
});
