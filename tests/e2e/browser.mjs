// A real Chromium, and a profile in it who minds everything: an error on the console, a page that breaks its own
// content policy, and any request that leaves this machine.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const LOOPBACK = /^(https?|wss?):\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\//;

/** Starts Chromium with a new, empty profile, which goes when the browser goes. */
export async function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Nothing beyond this machine has an address. Intercepting requests instead would answer the preflight
      // requests of CORS in the server's place, and they are part of what is tested.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    ],
  });
}

/** Somebody with a browser of their own: own cookies, own storage. */
export class Profile {
  #problems = [];

  static async open(browser, options = {}) {
    const profile = new Profile();
    profile.context = await browser.newContext({ viewport: { width: 1100, height: 900 }, locale: "en-GB", ...options });
    profile.context.setDefaultTimeout(15_000);
    profile.context.on("request", (request) => profile.#checkUrl(request.url()));
    profile.context.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) {
        profile.#problems.push(`${message.text()} (${message.location().url})`);
      }
    });
    profile.context.on("weberror", (error) => profile.#problems.push(String(error.error())));
    return profile;
  }

  #checkUrl(url) {
    if (!LOOPBACK.test(url) && !/^(data|blob|about|chrome-error):/.test(url)) {
      this.#problems.push(`a request left this machine: ${url}`);
    }
  }

  /** A new tab. */
  async tab() {
    return this.context.newPage();
  }

  /** The cookies of sign-ins under way. */
  async flowCookies() {
    const cookies = await this.context.cookies();
    return cookies.filter((cookie) => cookie.name.startsWith("vouchsafe-flow."));
  }

  /**
   * Closes the browser. Each problem must be one of the `expected` ones (the browser reports every refusal of a
   * server as an error), and each of those must have come.
   */
  async close(expected = []) {
    await this.context.close();
    for (const pattern of expected) {
      const index = this.#problems.findIndex((problem) => pattern.test(problem));
      assert.notEqual(index, -1, `nobody complained of ${pattern}: ${this.#problems.join("; ")}`);
      this.#problems.splice(index, 1);
    }
    assert.deepEqual(this.#problems, []);
  }
}

/** Waits at a simulated provider's page, where a person of the cast is chosen. */
export async function atConsentPage(page) {
  await page.getByRole("heading", { name: "Who are you today?" }).waitFor();
}

/** Chooses a person (`mira`, `jonas`, `aiko`, `rosa`). */
export async function choose(page, person) {
  await atConsentPage(page);
  await page.getByTestId(`person-${person}`).click();
}
