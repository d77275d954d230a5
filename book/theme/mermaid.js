// Draws the diagrams of a page, in the page's colours, and again when the theme changes.
//
// The library is 2.6 MB, so only a page that has a diagram fetches it. It comes from the book itself, never from elsewhere.
(() => {
    "use strict";
    const diagrams = [...document.querySelectorAll("pre.mermaid")];
    if (!diagrams.length) return;
    const sources = new Map(diagrams.map((diagram) => [diagram, diagram.textContent]));

    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

    async function draw() {
        const [ink, line, surface, raised, accent, muted] = ["ink", "line", "surface", "raised", "accent", "muted"].map((name) => colour(`--lb-${name}`));
        window.mermaid.initialize({
            startOnLoad: false,
            securityLevel: "strict",
            theme: "base",
            fontFamily: "Open Sans, sans-serif",
            // At its own size, scrolled where the page is narrow: shrunk text cannot be read.
            flowchart: { useMaxWidth: false },
            sequence: { useMaxWidth: false },
            state: { useMaxWidth: false },
            themeVariables: {
                background: raised, primaryColor: surface, primaryTextColor: ink, primaryBorderColor: muted, secondaryColor: raised,
                secondaryTextColor: ink, tertiaryColor: raised, tertiaryTextColor: ink, lineColor: muted, textColor: ink, mainBkg: surface,
                nodeBorder: muted, clusterBkg: raised, clusterBorder: line, titleColor: ink, edgeLabelBackground: raised,
                actorBkg: surface, actorBorder: muted, actorTextColor: ink, actorLineColor: muted, signalColor: ink, signalTextColor: ink,
                labelBoxBkgColor: surface, labelBoxBorderColor: muted, labelTextColor: ink, loopTextColor: ink, noteBkgColor: raised,
                noteBorderColor: accent, noteTextColor: ink, activationBkgColor: surface, activationBorderColor: accent,
            },
        });
        for (const diagram of diagrams) {
            diagram.removeAttribute("data-processed");
            diagram.textContent = sources.get(diagram);
        }
        await window.mermaid.run({ nodes: diagrams });
        for (const diagram of diagrams) {
            // It may be wider than the page and scrolls then: by keyboard too.
            diagram.tabIndex = 0;
            diagram.setAttribute("role", "region");
            diagram.setAttribute("aria-label", diagram.querySelector("title")?.textContent || "Diagram");
        }
        document.documentElement.dataset.diagrams = "drawn";
    }

    const script = document.createElement("script");
    script.src = `${path_to_root}vendor/mermaid.min.js`;
    script.addEventListener("load", () => {
        const dark = () => document.documentElement.classList.contains("coal");
        let drawn = dark();
        draw();
        new MutationObserver(() => {
            if (dark() !== drawn) {
                drawn = dark();
                draw();
            }
        }).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
    });
    document.head.append(script);
})();
