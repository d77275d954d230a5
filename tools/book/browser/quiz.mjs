// A quiz, answered by keyboard; what was answered is there after a reload.
import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "./browser.mjs";
import { state } from "./state.mjs";

/** The test of one practice page, for those of all labs. */
const practice = (name, run) => test(name, { timeout: 300_000 }, async (context) => {
    const pages = state.pages.filter((url) => url.endsWith("/practice.html"));
    assert.ok(pages.length > 0, "no lab has a page to practise on");
    for (const url of pages) await context.test(new URL(url).pathname, () => run(url));
});

practice("a wrong answer says why, and leads to the design that shows it", async (url) => {
    const { page, wrong, close } = await open(state.browser, url);
    const question = page.locator(".lb-quiz .lb-question").first();
    const options = question.locator(".lb-option");
    const rights = await options.evaluateAll((all) => all.map((each) => each.dataset.right === "true"));
    assert.equal(rights.filter(Boolean).length, 1);
    assert.ok(!(await question.locator(".lb-why").first().isVisible()), "nothing is told before the answer");

    await question.locator("input").first().focus();
    const chosen = rights.indexOf(false);
    await page.keyboard.press("Space");
    for (let moved = 0; moved < chosen; moved += 1) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.match(await question.locator(".lb-told").textContent(), /Not that one/);
    for (let index = 0; index < rights.length; index += 1) {
        assert.ok(await options.nth(index).locator(".lb-why").isVisible(), `option ${index} is explained`);
    }
    assert.match(await page.locator(".lb-score").textContent(), /^0 of 1 right/);

    await page.reload();
    assert.match(await question.locator(".lb-told").textContent(), /Not that one/, "the answer is kept");
    await options.nth(chosen).locator("a").click();
    const chapter = new URL(url).pathname.replace("practice.html", "");
    await page.waitForURL((to) => to.pathname.startsWith(chapter) && to.hash.startsWith("#design-"));
    const anchor = decodeURIComponent(new URL(page.url()).hash);
    assert.ok(await page.locator(anchor).isVisible(), `${anchor} is on the page`);
    assert.deepEqual(wrong, []);
    await close();
});

practice("the right answer says so, and again begins anew", async (url) => {
    const { page, close } = await open(state.browser, url);
    const question = page.locator(".lb-quiz .lb-question").nth(1);
    await question.locator(".lb-answer").click();
    assert.match(await question.locator(".lb-told").textContent(), /Choose one first/);
    await question.locator('.lb-option[data-right="true"] label').click();
    await question.locator(".lb-answer").click();
    assert.equal(await question.locator(".lb-told").textContent(), "Right.");
    await question.locator(".lb-answer").click();
    assert.equal(await question.locator("input:checked").count(), 0);
    await close();
});

practice("the interview's clock runs and stops", async (url) => {
    const { page, close } = await open(state.browser, url);
    await page.locator(".lb-clock-go").click();
    await page.locator(".lb-clock-told", { hasText: "left" }).waitFor();
    assert.equal(await page.locator(".lb-phases > .lb-now").count(), 1);
    await page.locator(".lb-clock-go").click();
    assert.equal(await page.locator(".lb-clock-told").textContent(), "Stopped.");
    await close();
});
