// Runs axe in a page. The DevTools protocol runs its script, which the page's policy for scripts does not concern.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const SOURCE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Where tests put pictures of pages; not part of the repository. */
const SCREENSHOTS = resolve(import.meta.dirname, "../../target/screenshots");

/** Fails if axe finds anything in the page: WCAG 2.2 A and AA, and its best practices. */
export async function assertAccessible(page) {
  const session = await page.context().newCDPSession(page);
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    assert.equal(exceptionDetails, undefined, JSON.stringify(exceptionDetails));
    return result.value;
  };
  await evaluate(`${SOURCE}; undefined`);
  const violations = await evaluate(
    `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, help, nodes }) =>
       ({ id, help, nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })) })))`,
  );
  await session.detach();
  assert.deepEqual(violations, [], `${page.url()}: ${JSON.stringify(violations, null, 2)}`);
}

/** Fails if the page is wider than its window. */
export async function assertFits(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(content <= window, `${page.url()} is ${content} px wide in a window of ${window} px`);
}

/** Puts a picture of the page into `target/screenshots/`; of a very long page, of what the window shows. */
export async function screenshot(page, name, { fullPage = true } = {}) {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: resolve(SCREENSHOTS, `${name}.png`), fullPage });
}
