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
    // Code and tables that are wider than the page scroll in their box: by keyboard too.
    document.querySelectorAll("pre > code, .table-wrapper").forEach((box) => (box.tabIndex = 0));
})();
