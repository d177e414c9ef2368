// A real Chromium whose profiles record every console error, every violation of a content security policy, and every
// request that leaves this machine.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

/** A host name that the browser resolves to this machine; it is not a loopback name to the server. */
export const FOREIGN_HOST = "foreign.test";

const LOOPBACK = /^(https?|wss?):\/\/(127\.0\.0\.1|localhost|\[::1\]|foreign\.test)(:\d+)?\//;

/** Starts Chromium with an empty temporary profile. */
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
      // Other hosts do not resolve. Intercepting requests instead would answer CORS preflight requests in the
      // server's place, which are part of the test.
      `--host-resolver-rules=MAP ${FOREIGN_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost`,
    ],
  });
}

/** A browser profile with its own cookies and storage. */
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

  /** Opens a tab. */
  async tab() {
    return this.context.newPage();
  }

  /** The cookies of pending sign-ins. */
  async flowCookies() {
    const cookies = await this.context.cookies();
    return cookies.filter((cookie) => cookie.name.startsWith("vouchsafe-flow."));
  }

  /**
   * Closes the profile. The recorded problems must be exactly the `expected` ones (the browser reports every error
   * status of a server).
   */
  async close(expected = []) {
    await this.context.close();
    for (const pattern of expected) {
      const index = this.#problems.findIndex((problem) => pattern.test(problem));
      assert.notEqual(index, -1, `not reported: ${pattern}: ${this.#problems.join("; ")}`);
      this.#problems.splice(index, 1);
    }
    assert.deepEqual(this.#problems, []);
  }
}

/** Waits for the consent page of a simulated provider. */
export async function atConsentPage(page) {
  await page.getByRole("heading", { name: "Who are you today?" }).waitFor();
}

/** Chooses a persona; only the first four are visible at once. */
export async function choose(page, persona) {
  await atConsentPage(page);
  const button = page.getByTestId(`person-${persona}`);
  if (!(await button.isVisible())) await page.locator("summary").click();
  await button.click();
}
