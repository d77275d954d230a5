// A lab run from its page: red, then green with its mark; a broken design that fails as it must; stop, reload, keyboard, an edit.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { open } from "./browser.mjs";
import { copy, lab } from "./checkout.mjs";
import { state } from "./state.mjs";

const stage1 = (page) => page.locator("#stage-1 .lb-run");
const run = (block) => block.getByRole("button", { name: /^Run/ });
const says = (block, words) => block.locator('[role="status"]', { hasText: words }).waitFor({ timeout: 300_000 });

test("stage 1 of the skeleton fails at its todo, and passes once it is written", { timeout: 900_000 }, async () => {
    const { page, wrong, close } = await open(state.browser, `${state.book.url}16-seckill/lab.html`);
    const block = stage1(page);
    await run(block).focus();
    await page.keyboard.press("Enter");
    await says(block, /failed/i);
    assert.match(await block.locator(".lb-output").textContent(), /stage 1 is not written yet/);

    lab("solution", "seckill", "--stage", "1", "--give-up", "--apply");
    await run(block).click();
    await says(block, /passed/i);
    assert.match(await block.locator(".lb-output").textContent(), /Stage 1 holds\./);
    assert.ok((await block.locator(".lb-output span").count()) > 0, "the output is coloured");
    await page.locator("#mdbook-sidebar", { hasText: "1/5" }).waitFor();
    assert.deepEqual(wrong, []);
    await close();
});

test("a broken design run from its page fails as it must", { timeout: 300_000 }, async () => {
    const { page, wrong, close } = await open(state.browser, `${state.book.url}16-seckill/index.html`);
    const block = page.locator('.lb-run[data-run*="whole-second-window"]');
    await run(block).click();
    await says(block, /as it must/i);
    assert.match(await block.locator(".lb-output").textContent(), /this design breaks INV-5/);
    assert.deepEqual(wrong, []);
    await close();
});

test("a run goes on over a reload, and stops when it is told to", { timeout: 300_000 }, async () => {
    const { page, close } = await open(state.browser, `${state.book.url}16-seckill/index.html`);
    const block = page.locator('.lb-run[data-run*="whole-second-window"]');
    await run(block).click();
    await says(block, /running|queued/i);
    await page.reload();
    await says(block, /running|queued/i);
    await block.getByRole("button", { name: /^Stop/ }).click();
    await says(block, /cancelled/i);
    await close();
});

// The whole book is built anew for a save. How long that takes is said and not judged: it depends on what else the machine does.
test("a saved edit is on the open page", { timeout: 120_000 }, async (t) => {
    const { page, close } = await open(state.browser, `${state.book.url}index.html`);
    const file = path.join(copy, "book/src/index.md");
    const before = readFileSync(file, "utf8");
    const took = [];
    for (let turn = 0; turn < 5; turn += 1) {
        writeFileSync(file, `${before}\nEdit number ${turn}.\n`);
        const began = performance.now();
        await page.getByText(`Edit number ${turn}.`).waitFor();
        took.push(performance.now() - began);
    }
    took.sort((a, b) => a - b);
    t.diagnostic(`the median of five edits took ${took[2].toFixed(0)} ms`);
    await close();
});

test("a page with a mistake is told, and the last good one stays", { timeout: 60_000 }, async () => {
    const { page, close } = await open(state.browser, `${state.book.url}index.html`);
    const file = path.join(copy, "book/src/index.md");
    const before = readFileSync(file, "utf8");
    writeFileSync(file, `${before}\n{{#nonsense}}\n`);
    await page.getByText(/no directive is called `nonsense`/).waitFor();
    assert.ok(await page.locator("h1", { hasText: "Load-Bearing" }).first().isVisible());
    writeFileSync(file, before);
    await page.getByText(/no directive is called/).waitFor({ state: "detached" });
    await close();
});
