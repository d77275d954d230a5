//! How the page looks: two sets of colours by what the reader prefers, one column, and bars that go below their names where it is narrow.
//!
//! In a Rust file and not in one of its own kind: the labs are composed of `.rs`, `.sql` and `.lua` alone.

/// The page's style sheet.
pub const STYLE: &str = r#"
:root {
  --paper: #fbfaf7; --ink: #22252b; --dim: #5c6470; --line: #d9d6cd; --box: #f1efe8;
  --bar: #b4532a; --kept: #1f6f43; --kept-box: #e3f1e6; --warn: #7a5200; --warn-box: #f8eed3; --link: #1d5a8a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181c; --ink: #e4e3df; --dim: #a2a8b3; --line: #363a43; --box: #1f2228;
    --bar: #e08a5c; --kept: #8fd3a6; --kept-box: #1b2f23; --warn: #e8c476; --warn-box: #33290f; --link: #8cc0ec;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 62rem; margin: 0 auto; padding: 1rem 1.25rem; }
header { border-bottom: 1px solid var(--line); }
h1 { margin: 0.5rem 0 0; font-size: 1.8rem; }
h2 { margin: 0 0 0.5rem; font-size: 1.2rem; overflow-wrap: anywhere; }
h3 { margin: 1rem 0 0.25rem; font-size: 1rem; }
p { margin: 0.25rem 0; }
a { color: var(--link); }
.sub, dt, .share { color: var(--dim); font-size: 0.9rem; font-weight: normal; }
.totals { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 0.75rem; margin: 1rem 0; }
.totals div { background: var(--box); border-radius: 0.4rem; padding: 0.5rem 0.75rem; }
dd { margin: 0; font-size: 1.1rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
section, article { margin: 1.5rem 0 2.5rem; }
article { border-top: 1px solid var(--line); padding-top: 1.5rem; }
pre { margin: 0.5rem 0; padding: 0.6rem 0.8rem; background: var(--box); border-radius: 0.4rem; white-space: pre-wrap; overflow-wrap: anywhere; }
code { font: 0.9em/1.45 ui-monospace, monospace; }
.bars { list-style: none; margin: 0; padding: 0; }
.bars li { display: grid; grid-template-columns: minmax(0, 1fr) 12rem 4.5rem; gap: 0.75rem; align-items: center; padding: 0.2rem 0; }
.bars a, .bars li > span:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font: 0.85rem ui-monospace, monospace; }
.bars .share { text-align: right; font-variant-numeric: tabular-nums; }
.bar { height: 0.7rem; background: var(--box); border-radius: 0.35rem; overflow: hidden; }
.fill { display: block; height: 100%; min-width: 2px; background: var(--bar); }
.rest .fill { background: var(--dim); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 0.3rem 0.6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { color: var(--dim); font-weight: normal; }
tbody th { text-align: left; font-weight: normal; }
#untried th, #untried td { text-align: left; white-space: normal; vertical-align: top; }
.ids { font: 0.8rem ui-monospace, monospace; overflow-wrap: anywhere; }
.plan { margin: 0; padding-left: 1.5rem; }
.plan .also { list-style: none; margin-left: -1.5rem; color: var(--warn); }
.plan .also::before { content: "+ "; }
.tips { list-style: none; margin: 0; padding: 0; }
.tips > li { border-left: 3px solid var(--line); padding: 0.1rem 0 0.1rem 0.9rem; margin: 0.75rem 0; }
.verdict { display: inline-block; padding: 0.15rem 0.6rem; border-radius: 0.4rem; font-size: 0.9rem; }
.kept { color: var(--kept); background: var(--kept-box); }
.withdrawn, .untried { color: var(--warn); background: var(--warn-box); }
details { margin: 0.25rem 0; font-size: 0.9rem; }
summary { cursor: pointer; color: var(--dim); }
@media (max-width: 40rem) {
  header, main { padding: 0.75rem; }
  .bars li { grid-template-columns: minmax(0, 1fr) 4.5rem; }
  .bars a, .bars li > span:first-child { grid-column: 1 / -1; }
  th, td { padding: 0.3rem 0.4rem; }
}
"#;
