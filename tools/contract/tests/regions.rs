//! Anchors: what is no region, and where it is told.

use contract::regions::parse;
use insta::assert_snapshot;

mod common;
use common::{file, said};

#[test]
fn regions_nest_and_know_their_stage() {
    let text = "// ANCHOR: all\nfn f() {\n    // ANCHOR: stage2_f\n    g()\n    // ANCHOR_END: stage2_f\n}\n// ANCHOR_END: all\n";
    let regions = parse(&file("lib.rs", text)).expect("well formed");
    assert_eq!(regions.len(), 2);
    assert_eq!(
        (regions[1].open, regions[1].close, regions[1].stage),
        (3, 5, Some(2))
    );
    assert_eq!(regions[1].body(text), ["    g()"]);
    assert_eq!(regions[0].stage, None);
}

#[test]
fn an_empty_region_is_a_region() {
    let regions = parse(&file("a.sql", "-- ANCHOR: a\n-- ANCHOR_END: a\n")).expect("well formed");
    assert!(regions[0].body("").is_empty());
}

#[test]
fn an_unclosed_region_is_told_at_its_anchor() {
    assert_snapshot!(said(parse(&file("a.rs", "\n// ANCHOR: a\n"))), @"a.rs:2: region `a` is never closed: add `ANCHOR_END: a`");
}

#[test]
fn an_unknown_anchor_is_told_at_its_end() {
    assert_snapshot!(said(parse(&file("a.lua", "-- ANCHOR: a\n-- ANCHOR_END: b\n-- ANCHOR_END: a\n"))), @"a.lua:2: unknown anchor: no `ANCHOR: b` is open here");
}

#[test]
fn regions_do_not_overlap() {
    let text = "// ANCHOR: a\n// ANCHOR: b\n// ANCHOR_END: a\n// ANCHOR_END: b\n";
    assert_snapshot!(said(parse(&file("a.rs", text))), @"a.rs:2: region `b` overlaps `a`, which ends on line 3: nest them");
}

#[test]
fn a_name_is_given_once() {
    let text = "// ANCHOR: a\n// ANCHOR_END: a\n// ANCHOR: a\n// ANCHOR_END: a\n";
    assert_snapshot!(said(parse(&file("a.rs", text))), @"a.rs:3: region `a` again, it is on line 1: names are unique");
}

#[test]
fn an_anchor_is_a_comment_on_a_line_of_its_own() {
    let text = "let a = 1; // ANCHOR: a\n-- ANCHOR: b\n// ANCHOR: two words\n// ANCHOR:\n";
    assert_snapshot!(said(parse(&file("a.rs", text))), @"
    a.rs:1: an anchor is a line of its own: `// ANCHOR: name`
    a.rs:2: an anchor is a line of its own: `// ANCHOR: name`
    a.rs:3: an anchor is a line of its own: `// ANCHOR: name`
    a.rs:4: an anchor is a line of its own: `// ANCHOR: name`
    ");
}

#[test]
fn a_name_that_looks_like_a_stage_is_one() {
    for name in [
        "stage_take",
        "stage2",
        "stage2_",
        "stage0_x",
        "stageTwo_x",
        "stage2_Take",
    ] {
        let text = format!("// ANCHOR: {name}\n// ANCHOR_END: {name}\n");
        let said = said(parse(&file("a.rs", &text)));
        assert_eq!(
            said,
            format!(
                "a.rs:1: `{name}` is no region of a stage: name it `stageN_words`, in lower case"
            )
        );
    }
}
