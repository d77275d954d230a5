// Chromium, told to leave the network alone, and pages that report whatever goes wrong in them.
import { chromium } from "playwright-core";

const quiet = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: quiet });

/** A fresh page in a theme and a width; `wrong` collects console errors, failed requests, and requests to anybody else. */
export async function open(browser, url, { theme = "light", width = 1280, scripts = true } = {}) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, javaScriptEnabled: scripts, reducedMotion: "reduce" });
    await context.addInitScript((name) => {
        if (!localStorage.getItem("mdbook-theme")) localStorage.setItem("mdbook-theme", name);
    }, theme);
    const page = await context.newPage();
    const wrong = [];
    const host = new URL(url).host;
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && wrong.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => wrong.push(`thrown: ${error.message}`));
    page.on("requestfailed", (request) => {
        // A page that is left lets go of what it was listening to.
        if (request.failure()?.errorText !== "net::ERR_ABORTED") wrong.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
    });
    page.on("request", (request) => {
        const to = new URL(request.url());
        if (to.protocol.startsWith("http") && to.host !== host) wrong.push(`network: ${request.url()}`);
    });
    page.on("response", (response) => response.status() >= 400 && wrong.push(`${response.status()}: ${response.url()}`));
    await page.goto(url);
    return { page, wrong, close: () => context.close() };
}

/** The address of every page in the table of contents. */
export async function listed(browser, url) {
    const { page, close } = await open(browser, url);
    const pages = await page.evaluate(() => [...new Set([...document.querySelectorAll("#mdbook-sidebar a[href]")].map((link) => link.href.replace(/#.*/, "")))]);
    await close();
    return pages;
}

/** Until the diagrams of the page are drawn, if it has any. */
export const drawn = (page) =>
    page.waitForFunction(() => !document.querySelector("pre.mermaid") || document.documentElement.dataset.diagrams === "drawn");
