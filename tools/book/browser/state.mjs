// What all tests share: one server over one copy of the checkout, one browser, and the pages that the table of contents lists.
export const state = { book: null, browser: null, pages: [] };
