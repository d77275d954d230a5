// The whole suite in one process, so that it needs one server and one browser: `npm ci && npm test`.
import { after, before } from "node:test";

import { launch, listed } from "./browser.mjs";
import { serve } from "./checkout.mjs";
import { state } from "./state.mjs";
import "./pages.mjs";
import "./quiz.mjs";
import "./run.mjs";
import "./text.mjs";

before(async () => {
    state.book = await serve();
    state.browser = await launch();
    state.pages = await listed(state.browser, state.book.url);
}, { timeout: 900_000 });

after(async () => {
    await state.browser?.close();
    await state.book?.stop();
});
