// A copy of the checkout with a book of its own, served: what a stranger has after the clone, and a place to spoil.
//
// A copy, because the tests write into it: a lab's stage is filled in, a page is edited. It has a target folder of its own: cargo
// calls a package of two checkouts by one name, and would take what the copy has built for the checkout's. The first build is
// therefore what a reader's is, and how long it takes is said.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
export const copy = path.join(root, "target/browser/checkout");
const target = path.join(root, "target/browser/target");
const env = { ...process.env, CARGO_TARGET_DIR: target, CARGO_TERM_COLOR: "never", NO_COLOR: "1" };

/** `cargo lab ..` in the copy; what it printed. */
export const lab = (...words) => execFileSync("cargo", ["lab", ...words], { cwd: copy, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** Lays the copy out and serves its book; `stop` ends the server. */
export async function serve() {
    rmSync(copy, { recursive: true, force: true });
    mkdirSync(copy, { recursive: true });
    const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" });
    for (const file of files.split("\0").filter((file) => file && existsSync(path.join(root, file)))) {
        // What the last run wrote into the labs was newer: by their old times cargo would take its build for the skeleton's.
        const preserveTimestamps = !file.startsWith("labs/");
        cpSync(path.join(root, file), path.join(copy, file), { preserveTimestamps });
    }
    const began = performance.now();
    const child = spawn("cargo", ["lab", "serve", "--port", "0"], { cwd: copy, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let said = "";
    const url = await new Promise((resolve, reject) => {
        const hear = (chunk) => {
            said += chunk;
            const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(said);
            if (found) resolve(found[0]);
        };
        child.stdout.on("data", hear);
        child.stderr.on("data", hear);
        child.on("exit", (code) => reject(new Error(`cargo lab serve ended with ${code}:\n${said}`)));
        setTimeout(() => reject(new Error(`no address within 10 minutes:\n${said}`)), 600_000).unref();
    });
    console.log(`# cargo lab serve was there after ${((performance.now() - began) / 1000).toFixed(0)} s`);
    const gone = new Promise((resolve) => child.on("exit", resolve));
    const stop = async () => {
        child.kill("SIGINT");
        const late = setTimeout(() => process.kill(-child.pid, "SIGKILL"), 10_000);
        await gone;
        clearTimeout(late);
    };
    return { url, stop, said: () => said };
}
