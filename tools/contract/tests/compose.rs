//! The composer: what a variant looks like, and what cannot be composed.

use std::path::Path;

use contract::compose::{self, Reference, Tree};
use insta::assert_snapshot;

mod common;
use common::{House, file, said};

fn text<'t>(tree: &'t Tree, path: &str) -> &'t str {
    &tree[Path::new(path)]
}

/// A reference of one file.
fn reference(text: &str) -> String {
    said(Reference::new(vec![file("lib.rs", text)]))
}

#[test]
fn the_skeleton_has_a_todo_for_every_body() {
    let skeleton = compose::skeleton(&House::new().lab()).expect("it composes");
    assert_snapshot!(text(&skeleton, "counter.rs"), @r#"
    //! The core: decides and does nothing else.

    /// How many are out, and how many may be.
    #[derive(Debug, Default)]
    pub struct Counter {
        /// Out.
        pub count: u32,
        /// The most that may be out.
        pub limit: u32,
    }

    impl Counter {
        /// Whether one more goes out; counts it.
        // ANCHOR: admit
        pub fn admit(&mut self, units: u32) -> bool {
            // ANCHOR: stage1_admit_up_to_the_limit
            todo!("stage 1: admit up to the limit")
            // ANCHOR_END: stage1_admit_up_to_the_limit
        }
        // ANCHOR_END: admit
    }

    fn fits(count: u32, units: u32, limit: u32) -> bool {
        // ANCHOR: stage1_fits
        todo!("stage 1: fits")
        // ANCHOR_END: stage1_fits
    }
    "#);
    assert_snapshot!(text(&skeleton, "shell/take.lua"), @"
    -- One unit if there is one.
    -- ANCHOR: stage2_take_in_the_store
    -- stage 2: take in the store: write this part
    -- ANCHOR_END: stage2_take_in_the_store
    ");
    assert_snapshot!(text(&skeleton, "lib.rs"), @r#"
    //! A counter with a limit, and a store that keeps it.
    //!
    //! Small enough to read at a glance.
    #![allow(dead_code, unused_imports, unused_mut, unused_variables, clippy::todo)]

    pub mod counter;
    #[cfg(feature = "io")]
    pub mod shell;
    "#);
    assert_snapshot!(text(&skeleton, "main.rs"), @"
    //! Takes three units.
    #![allow(dead_code, unused_imports, unused_mut, unused_variables, clippy::todo)]

    use tiny::shell::Store;

    fn main() {
        let mut store = Store::new(3);
        while store.take() {}
    }
    ");
}

#[test]
fn a_half_filled_skeleton_has_the_stages_below() {
    let house = House::new();
    let lab = house.lab();
    let filled = compose::filled(&lab, 1).expect("it composes");
    let reference = compose::reference(&lab).expect("it composes");
    assert_eq!(text(&filled, "counter.rs"), text(&reference, "counter.rs"));
    assert!(text(&filled, "shell/mod.rs").contains("        todo!(\"stage 2: take\")\n"));
    assert!(!text(&filled, "shell/mod.rs").contains("include_str"));
}

#[test]
fn filled_to_the_end_is_the_reference() {
    let house = House::new();
    let lab = house.lab();
    assert_eq!(
        compose::filled(&lab, 2).expect("it composes"),
        compose::reference(&lab).expect("it composes")
    );
}

#[test]
fn a_broken_design_replaces_its_regions_at_their_indent() {
    let tree = compose::broken(&House::new().lab(), "look-then-take").expect("it composes");
    let shell = text(&tree, "shell/mod.rs");
    let body = shell
        .split("stage2_take\n")
        .nth(1)
        .expect("the region is there");
    assert_snapshot!(body, @"
    self.round_trips += 1; // the look
    if self.counter.count == self.counter.limit {
        return false;
    }
    self.round_trips += 1;
    self.counter.admit(1)
    // ANCHOR_END:
    ");
    assert!(text(&tree, "lib.rs").contains(compose::ALLOWS));
}

#[test]
fn an_unknown_design_is_told() {
    assert_snapshot!(said(compose::broken(&House::new().lab(), "of-by-one")), @"
    tests/07-tiny/broken/of-by-one.rs: no such file: it holds the bodies that the design replaces
    tests/07-tiny/lab.toml: no broken design is called `of-by-one`
    ");
}

#[test]
fn an_override_of_a_region_that_is_not_there() {
    let house = House::with(
        "tests/07-tiny/broken/off-by-one.rs",
        "ANCHOR: stage1_fits",
        "ANCHOR: stage1_fit",
    )
    .edit(
        "tests/07-tiny/broken/off-by-one.rs",
        "ANCHOR_END: stage1_fits",
        "ANCHOR_END: stage1_fit",
    );
    assert_snapshot!(said(compose::broken(&house.lab(), "off-by-one")), @"tests/07-tiny/broken/off-by-one.rs:3: no region `stage1_fit` in the reference's Rust: there are admit, stage1_admit_up_to_the_limit, stage1_fits, stage2_take, stage2_script");
}

#[test]
fn an_override_inside_another() {
    let house = House::with(
        "tests/07-tiny/broken/off-by-one.rs",
        "// ANCHOR: stage1_fits",
        "// ANCHOR: admit\n// ANCHOR_END: admit\n// ANCHOR: stage1_admit_up_to_the_limit\n\
         // ANCHOR_END: stage1_admit_up_to_the_limit\n// ANCHOR: stage1_fits",
    );
    assert_snapshot!(said(compose::broken(&house.lab(), "off-by-one")), @"tests/07-tiny/broken/off-by-one.rs:5: `admit` and `stage1_admit_up_to_the_limit` lie in each other: replace one");
}

#[test]
fn a_design_holds_nothing_beside_its_regions() {
    let house = House::with(
        "tests/07-tiny/broken/off-by-one.rs",
        "\n// ANCHOR:",
        "\nfn helper() {}\n// ANCHOR:",
    );
    assert_snapshot!(said(compose::broken(&house.lab(), "off-by-one")), @"tests/07-tiny/broken/off-by-one.rs:3: outside every region: only `//!` lines may stand here");
}

#[test]
fn a_script_is_not_replaced_by_rust() {
    let house = House::new().write(
        "tests/07-tiny/broken/off-by-one.lua",
        "-- ANCHOR: stage1_fits\nreturn 1\n-- ANCHOR_END: stage1_fits\n",
    );
    assert_snapshot!(said(compose::broken(&house.lab(), "off-by-one")), @"tests/07-tiny/broken/off-by-one.lua:1: no region `stage1_fits` in the reference's scripts: there are stage2_take_in_the_store");
}

#[test]
fn a_stage_in_a_function_that_returns_impl_trait() {
    let text = "fn f() -> Result<impl Fn(), ()> {\n    // ANCHOR: stage1_f\n    Ok(|| ())\n    // ANCHOR_END: stage1_f\n}\n";
    assert_snapshot!(reference(text), @"lib.rs:2: region `stage1_f` cannot be opened: `f` returns `impl Trait`, and `todo!` is no such type: return a named type or a Box");
}

#[test]
fn a_stage_in_a_const_function() {
    let text =
        "const fn f() -> u32 {\n    // ANCHOR: stage1_f\n    1\n    // ANCHOR_END: stage1_f\n}\n";
    assert_snapshot!(reference(text), @"lib.rs:2: region `stage1_f` cannot be opened: `f` is `const`, where `todo!` with a text does not compile: take the `const` away");
}

#[test]
fn a_region_of_a_part_of_a_body() {
    let text = "fn f() -> u32 {\n    let a = 1;\n    // ANCHOR: stage1_f\n    a\n    // ANCHOR_END: stage1_f\n}\n";
    assert_snapshot!(reference(text), @"lib.rs:3: region `stage1_f` is not the whole body of `f` (lines 1 to 6): move its anchors next to the braces");
}

#[test]
fn a_stage_inside_another() {
    let text = "fn f() -> u32 {\n    // ANCHOR: stage2_f\n    fn g() -> u32 {\n        // ANCHOR: stage1_g\n        1\n        // ANCHOR_END: stage1_g\n    }\n    g()\n    // ANCHOR_END: stage2_f\n}\n";
    assert_snapshot!(reference(text), @"lib.rs:4: region `stage1_g` lies in `stage2_f`: while that one is open, this one is not there");
}

#[test]
fn a_region_of_no_body() {
    let text = "// ANCHOR: stage1_f\nfn f() {}\n// ANCHOR_END: stage1_f\n";
    assert_snapshot!(reference(text), @"lib.rs:1: region `stage1_f` is in no function: a stage's region is the body of one");
}

#[test]
fn bodies_of_every_kind_of_function_can_be_opened() {
    let body =
        |name: &str| format!("{{\n// ANCHOR: stage1_{name}\n1\n// ANCHOR_END: stage1_{name}\n}}\n");
    let text = format!(
        "fn a() -> u32 {}struct S;\nimpl S {{ async fn b(&mut self) -> u32 {} }}\n\
         trait T {{ fn c(&self) -> u32 {} }}\nfn d<F: Fn() -> u32>(f: impl Fn()) -> u32 {}",
        body("a"),
        body("b"),
        body("c"),
        body("d")
    );
    assert_eq!(reference(&text), "no mistake");
}

#[test]
fn a_region_in_two_files() {
    let text = "fn f() {\n    // ANCHOR: stage1_f\n    // ANCHOR_END: stage1_f\n}\n";
    assert_snapshot!(said(Reference::new(vec![file("a.rs", text), file("b.rs", text)])), @"b.rs:2: region `stage1_f` again, it is in a.rs:2: names are unique");
}

#[test]
fn a_script_of_a_stage_is_included_in_that_stage_only() {
    let house = House::with(
        "solutions/07-tiny/src/shell/mod.rs",
        "ANCHOR: stage2_script",
        "ANCHOR: script",
    )
    .edit(
        "solutions/07-tiny/src/shell/mod.rs",
        "ANCHOR_END: stage2_script",
        "ANCHOR_END: script",
    );
    assert_snapshot!(said(compose::skeleton(&house.lab())), @"solutions/07-tiny/src/shell/mod.rs:43: shell/take.lua has region `stage2_take_in_the_store`: include it inside a Rust region of stage 2 only, so that an open stage dies at `todo!` and not in the script");
}

#[test]
fn an_include_inside_a_macro_counts() {
    let house = House::with(
        "solutions/07-tiny/src/main.rs",
        "fn main() {",
        "fn main() {\n    let scripts = vec![include_str!(\"shell/../shell/take.lua\")];",
    );
    assert_snapshot!(said(compose::skeleton(&house.lab())), @"solutions/07-tiny/src/main.rs:5: shell/take.lua has region `stage2_take_in_the_store`: include it inside a Rust region of stage 2 only, so that an open stage dies at `todo!` and not in the script");
}

#[test]
fn a_script_of_a_stage_that_nothing_includes() {
    let house = House::with(
        "solutions/07-tiny/src/shell/mod.rs",
        "include_str!(\"take.lua\")",
        "\"\"",
    );
    assert_snapshot!(said(compose::skeleton(&house.lab())), @"solutions/07-tiny/src/shell/take.lua:2: region `stage2_take_in_the_store` is in a file that no `include_str!` names");
    let house = House::with(
        "solutions/07-tiny/src/shell/mod.rs",
        "\"take.lua\"",
        "concat!(\"take\", \".lua\")",
    );
    assert_snapshot!(said(compose::skeleton(&house.lab())), @"
    solutions/07-tiny/src/shell/mod.rs:43: an include names its file in a plain string
    solutions/07-tiny/src/shell/take.lua:2: region `stage2_take_in_the_store` is in a file that no `include_str!` names
    ");
}

#[test]
fn what_is_not_rust_says_where() {
    assert_snapshot!(reference("//! Docs.\nfn f( {}\n"), @"lib.rs:2: not Rust: cannot parse string into token stream");
}
