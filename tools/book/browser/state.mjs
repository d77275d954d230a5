// What all tests share: one server over one copy of the checkout, one browser.
export const state = { book: null, browser: null };
