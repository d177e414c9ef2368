// The inspector in a browser: what an operator sees and does, with and without scripts, light and dark, wide and narrow.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { assertAccessible, assertFits, screenshot } from "./axe.mjs";
import { choose, Profile, startBrowser } from "./browser.mjs";
import { newFolder, Server } from "./server.mjs";

const TOKEN = "0b5c9d1e7f3a4d6c8e2f1a0b9c8d7e6f";
/** Looks at a page in light and dark, wide and narrow; each must be accessible and fit the window. */
async function look(page, name) {
  for (const [scheme, width] of [
    ["light", 1280],
    ["light", 390],
    ["dark", 1280],
    ["light", 320],
  ]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    await assertAccessible(page);
    await assertFits(page);
    await screenshot(page, `inspector-${name}-${scheme}-${width}`);
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize({ width: 1100, height: 900 });
}

describe("the inspector", () => {
  let server, browser;

  before(async () => {
    const folder = newFolder();
    await writeFile(join(folder, "operators"), `mira:${TOKEN}\n`, { mode: 0o600 });
    server = await Server.start(folder, { environment: { VOUCHSAFE__ADMIN__TOKEN_FILE: join(folder, "operators") } });
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** Signs a user in at a provider, in a profile of their own. */
  async function signIn(provider, persona) {
    const profile = await Profile.open(browser);
    const page = await profile.tab();
    await page.goto(`${server.url}/signin/provider/${provider}`);
    if (persona) await choose(page, persona);
    else await page.getByTestId("deny").click();
    await page.waitForURL((url) => url.href.startsWith(`${server.url}/`) && !url.pathname.startsWith("/sim"));
    await profile.close();
  }

  async function enter(page) {
    await page.goto(`${server.url}/admin`);
    await page.getByLabel("Token").fill(TOKEN);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Sign-ins", exact: true }).waitFor();
  }

  it("shows sign-ins as they happen, explains them, and acts on a user", () =>
    server.explaining(async () => {
      const profile = await Profile.open(browser);
      const page = await profile.tab();
      await page.goto(`${server.url}/admin`);
      await look(page, "sign-in");
      await enter(page);
      await page.getByText("No sign-in passes this filter.").waitFor();
      await page.getByRole("status").filter({ hasText: "Live" }).waitFor();

      await signIn("google", "mira");
      await page.locator("#flows tr").filter({ hasText: "signed in" }).waitFor();
      await signIn("github");
      const denied = page.locator("#flows tr").filter({ hasText: "user-denied" });
      await denied.waitFor();
      assert.equal(await page.locator("#flows tr").count(), 2, "a row for each");
      await page.locator("#figures li").filter({ hasText: /^1 ?signed in/ }).waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByRole("status").filter({ hasText: "Paused" }).waitFor();
      await signIn("oidc", "rosa");
      assert.equal(await page.locator("#flows tr").count(), 2, "nothing moves while it is paused");
      await page.getByRole("button", { name: "Resume" }).click();
      await page.locator("#flows tr").nth(2).waitFor();
      await look(page, "sign-ins");

      await denied.getByRole("link").first().click();
      await page.getByText("The user denied consent at the provider.").waitFor();
      assert.ok((await page.locator(".timeline li").count()) >= 3);
      await look(page, "flow");

      await page.getByRole("link", { name: "Users" }).first().click();
      await page.getByRole("textbox").fill("mira@example.org");
      await look(page, "users");
      await page.getByRole("button", { name: "Find" }).click();
      await page.getByRole("heading", { name: "Mira Okafor" }).waitFor();
      await look(page, "user");
      const act = page.locator("details").filter({ hasText: "Disable …" });
      await act.locator("summary").click();
      await act.getByRole("button", { name: "Disable" }).click();
      await page.getByRole("status").filter({ hasText: "The user is disabled" }).waitFor();
      await page.getByRole("cell", { name: "admin:mira" }).waitFor();
      await look(page, "user-disabled");

      const cookies = await profile.context.cookies(`${server.url}/admin`);
      assert.deepEqual(
        cookies.map(({ name, path, httpOnly, sameSite }) => [name, path, httpOnly, sameSite]),
        [["vouchsafe-admin", "/admin", true, "Strict"]],
      );
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("Token").waitFor();
      await page.goBack();
      await page.getByLabel("Token").waitFor();
      await profile.close();
    }));

  it("works without scripts, and refuses a wrong token", () =>
    server.explaining(async () => {
      const profile = await Profile.open(browser, { javaScriptEnabled: false });
      const page = await profile.tab();
      await page.goto(`${server.url}/admin`);
      await page.getByLabel("Token").fill("wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText("This is none of the tokens.").waitFor();
      await enter(page);
      assert.equal(await page.getByRole("button", { name: "Pause" }).isVisible(), false);
      await page.getByLabel("Outcome").selectOption("failed");
      await page.getByRole("button", { name: "Filter" }).click();
      await page.getByText("No sign-in passes this filter.").waitFor();
      await page.getByRole("link", { name: "Reload" }).click();
      await page.waitForURL(/outcome=failed/);
      await profile.close([/status of 403/]);
    }));

  it("says so when the session ends while a page is open", () =>
    server.explaining(async () => {
      const profile = await Profile.open(browser);
      const [first, second] = [await profile.tab(), await profile.tab()];
      await enter(first);
      await first.getByRole("status").filter({ hasText: "Live" }).waitFor();
      await second.goto(`${server.url}/admin/inspector/users`);
      await second.getByRole("button", { name: "Sign out" }).click();
      await second.getByLabel("Token").waitFor();
      await first.bringToFront();
      await first.getByRole("status").filter({ hasText: "reload" }).waitFor();
      await profile.close();
    }));
});
