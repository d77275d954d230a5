// What mdBook's pages lack for those who use a keyboard or a screen reader.
(() => {
    "use strict";
    // The sidebar's toggle is a label of a hidden checkbox: it is named as a button and takes no focus.
    const toggle = document.getElementById("mdbook-sidebar-toggle");
    toggle.setAttribute("role", "button");
    toggle.tabIndex = 0;
    toggle.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            toggle.click();
        }
    });
    // Code that is wider than the page scrolls in its box: by keyboard too.
    document.querySelectorAll("pre > code").forEach((code) => (code.tabIndex = 0));
})();
