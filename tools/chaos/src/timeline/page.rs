//! The picture in a page of its own: one file, no network, light or dark as the reader has it, and on a narrow screen it
//! scrolls inside its box.

use std::fmt::Write as _;

use super::text::{escape, seconds};
use super::{Picture, svg};
use crate::verdict::Verdict;

const STYLE: &str = "
:root { color-scheme: light dark; --lb-ink: #1f2328; --lb-muted: #57606a; --lb-line: #d0d7de; --lb-surface: #ffffff; --lb-accent: #0550ae;
  --lb-ok: #1a7f37; --lb-bad: #b3261e; --lb-warn: #7d4e00; --lb-fault: rgba(154, 103, 0, .17); }
@media (prefers-color-scheme: dark) { :root { --lb-ink: #e6edf3; --lb-muted: #9da7b3; --lb-line: #3d444d; --lb-surface: #0d1117;
  --lb-accent: #79b8ff; --lb-ok: #4ac26b; --lb-bad: #ff8f87; --lb-warn: #e3b341; --lb-fault: rgba(227, 179, 65, .2); } }
body { margin: 0; padding: 1rem; background: var(--lb-surface); color: var(--lb-ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; }
h1 { font-size: 1.25rem; margin: 0 0 .5rem; }
.box { overflow-x: auto; border: 1px solid var(--lb-line); border-radius: 6px; }
.box:focus-visible { outline: 2px solid var(--lb-accent); }
.box svg { display: block; }
code { font: .9em ui-monospace, monospace; }
table { border-collapse: collapse; margin-top: 1rem; font-size: .9rem; }
td, th { text-align: left; padding: .15rem .9rem .15rem 0; vertical-align: top; }
th { color: var(--lb-muted); font-weight: 600; }
";

/// The page; `command` is what makes this run again.
#[must_use]
pub fn html(picture: &Picture<'_>, command: &str) -> String {
    let title = format!(
        "{}: {}, seed {}",
        picture.title, picture.whose, picture.seed
    );
    let verdict = match picture.verdict {
        Verdict::Holds => "Every invariant that is judged held.".to_owned(),
        Verdict::Violated { violations } => {
            let mut told: Vec<String> = Vec::new();
            for violation in violations {
                told.push(format!(
                    "INV-{} at {} s: {}.",
                    violation.invariant,
                    seconds(violation.at_us),
                    violation.sentence
                ));
            }
            told.join(" ")
        }
        Verdict::Inconclusive { reason } => format!("This run says nothing: {reason}."),
    };
    let mut faults = String::new();
    for fault in &picture.history.faults {
        let _ = writeln!(
            faults,
            "<tr><td>{} to {} s</td><td>{}</td><td>{} {}</td></tr>",
            seconds(fault.began_us),
            seconds(fault.ended_us),
            escape(&fault.name()),
            fault.fired,
            escape(&fault.counted)
        );
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<main>\n<h1>{title}</h1>\n<p>{verdict}</p>\n<p>Again: <code>{command}</code></p>\n\
         <div class=\"box\" tabindex=\"0\" role=\"region\" aria-label=\"Timeline, scrolls sideways\">\n{svg}</div>\n\
         <table>\n<thead><tr><th>When</th><th>Fault</th><th>Struck</th></tr></thead>\n<tbody>\n{faults}</tbody>\n</table>\n\
         </main>\n</body>\n</html>\n",
        title = escape(&title),
        verdict = escape(&verdict),
        command = escape(command),
        svg = svg(picture),
    )
}
