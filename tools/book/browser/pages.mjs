// Every page, in both themes, wide and at 375 px: no error, no overflow, nothing from the network, readable by WCAG 2 AA; and
// every link of every page leads somewhere.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

import { drawn, open } from "./browser.mjs";
import { root } from "./checkout.mjs";
import { state } from "./state.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// The folders of pages: labs and parts.
const chapters = readdirSync(`${root}/book/src`, { withFileTypes: true }).filter((each) => each.isDirectory() && each.name !== "vendor").map((each) => each.name);

test("the table of contents is complete", () => {
    const { pages } = state;
    const missing = chapters.filter((folder) => !pages.some((url) => url.endsWith(`/${folder}/index.html`)));
    assert.deepEqual(missing, []);
    assert.ok(pages.length >= 8, `${pages.length} pages`);
});

for (const theme of ["light", "coal"]) {
    for (const width of [1280, 375]) {
        test(`pages in ${theme} at ${width} px`, { timeout: 600_000 }, async () => {
            for (const url of [...state.pages, `${state.book.url}404.html`]) {
                const { page, wrong, close } = await open(state.browser, url, { theme, width });
                await drawn(page);
                assert.ok(await page.evaluate((name) => document.documentElement.classList.contains(name), theme), `${url} is not in ${theme}`);
                const [needs, has] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
                assert.ok(needs <= has, `${url} is ${needs} px wide on a page of ${has}`);
                // What is folded is read too.
                await page.evaluate(() => document.querySelectorAll("details").forEach((each) => (each.open = true)));
                const [open_needs, open_has] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
                assert.ok(open_needs <= open_has, `${url}, unfolded, is ${open_needs} px wide on a page of ${open_has}`);
                await page.evaluate(axe);
                const found = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa"] }));
                const told = found.violations.map((rule) => `${rule.id}: ${rule.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`).join("\n    ")}`);
                assert.deepEqual(told, [], url);
                assert.deepEqual(wrong, [], url);
                await close();
            }
        });
    }
}

test("every link leads somewhere, and every anchor is there", { timeout: 120_000 }, async () => {
    const { page, close } = await open(state.browser, state.book.url);
    const lost = await page.evaluate(async (pages) => {
        const seen = new Map();
        const load = async (url) => {
            if (!seen.has(url)) {
                const answer = await fetch(url);
                seen.set(url, answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null);
            }
            return seen.get(url);
        };
        const lost = [];
        for (const url of pages) {
            const html = await load(url);
            for (const link of html.querySelectorAll("a[href], img[src]")) {
                const to = new URL(link.getAttribute("href") ?? link.getAttribute("src"), url);
                if (to.origin !== location.origin) continue;
                const there = await load(to.href.replace(/#.*/, ""));
                const anchor = decodeURIComponent(to.hash.slice(1));
                if (!there || (anchor && !there.getElementById(anchor))) lost.push(`${url}: ${to.href}`);
            }
        }
        return lost;
    }, [...state.pages, `${state.book.url}print.html`]);
    assert.deepEqual(lost, []);
    await close();
});

test("without scripts every explanation is there to read", async () => {
    let read = 0;
    for (const url of state.pages) {
        const { page, close } = await open(state.browser, url, { scripts: false });
        const [all, hidden] = await page.locator(".lb-why").evaluateAll((all) => [all.length, all.filter((each) => !each.offsetHeight).length]);
        assert.equal(hidden, 0, url);
        read += all;
        await close();
    }
    assert.ok(read > 0, "no explanation was looked at");
});

test("search finds a design by its name, in the book alone", async () => {
    const { page, wrong, close } = await open(state.browser, state.book.url);
    await page.keyboard.press("s");
    await page.keyboard.type("decr-then-rollback");
    await page.locator("#mdbook-searchresults a").first().waitFor();
    assert.deepEqual(wrong, []);
    await close();
});
