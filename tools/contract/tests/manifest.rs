//! lab.toml: every mistake has its line, and all of them are told at once.

use std::path::Path;

use contract::{Kind, Manifest, Origin, Service};
use insta::assert_snapshot;

mod common;
use common::{House, said};

const GOOD: &str = include_str!("fixtures/house/tests/07-tiny/lab.toml");

fn with(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "the fixture holds {from}");
    said(Manifest::parse(
        Path::new("lab.toml"),
        &GOOD.replacen(from, to, 1),
    ))
}

#[test]
fn a_manifest_is_read_as_it_is_written() {
    let manifest = Manifest::parse(Path::new("lab.toml"), GOOD).expect("well formed");
    assert_eq!(
        (manifest.id.as_str(), manifest.number, manifest.minutes()),
        ("tiny", 7, 10)
    );
    assert_eq!(manifest.stages.len(), 2);
    assert_eq!(manifest.stages[1].services, [Service::Redis]);
    assert_eq!(manifest.stages[0].line, 8);
    assert_eq!(
        manifest.invariants[0].tests[1].as_str(),
        "stage1::inv1_any_units"
    );
    let costly = manifest.broken("look-then-take").expect("it is there");
    assert_eq!(
        costly.kind,
        Kind::Costly {
            counts: "round trips".to_owned()
        }
    );
    assert_eq!(costly.from, Origin::Sketch);
}

#[test]
fn what_is_not_toml_says_where() {
    assert_snapshot!(with("number = 7", "number 7"), @"lab.toml:2: not TOML: key with no value, expected `=`");
}

#[test]
fn an_unknown_key_is_told_with_the_known_ones() {
    assert_snapshot!(with("title = \"Admit\"", "title = \"Admit\"\nlevel = 3"), @"lab.toml:11: unknown key `level` in [[stage]]: it has number, title, minutes, files, services, hints");
    assert_snapshot!(with("number = 7", "number = 7\nminutes = 10"), @"lab.toml:3: unknown key `minutes` in lab.toml: it has id, number, title, prerequisites, source, stage, invariant, broken");
}

#[test]
fn a_missing_key_is_told_at_its_table() {
    assert_snapshot!(with("title = \"Take\"\n", ""), @r#"lab.toml:20: [[stage]] has no `title`: add `title = ".."`"#);
}

#[test]
fn a_wrong_type_says_what_it_must_be() {
    assert_snapshot!(with("number = 7", "number = \"7\""), @"lab.toml:2: `number` must be a whole number from 1");
    assert_snapshot!(with("number = 7", "number = 0"), @"lab.toml:2: `number` must be a whole number from 1");
    assert_snapshot!(with("services = []", "services = \"redis\""), @"lab.toml:13: `services` must be a list of strings");
    assert_snapshot!(with("services = []", "services = [6379]"), @"lab.toml:13: each of `services` must be a string, not integer");
    assert_snapshot!(with("title = \"Admit\"", "title = \" \""), @"lab.toml:10: `title` must not be empty");
    assert_snapshot!(with("[[broken]]", "[broken]"), @"lab.toml:47: not TOML: duplicate key");
}

#[test]
fn several_mistakes_are_told_at_once_and_in_order() {
    let text = GOOD
        .replace("[\"redis\"]", "[\"reddis\"]")
        .replace("from = \"sketch\"", "from = \"scetch\"")
        .replace("number = 7", "number = -7");
    assert_snapshot!(said(Manifest::parse(Path::new("lab.toml"), &text)), @r#"
    lab.toml:2: `number` must be a whole number from 1
    lab.toml:25: unknown service `reddis`: there are redis, redis-cluster, mysql, kafka
    lab.toml:49: unknown origin `scetch`: `from` is "sketch" or "classic"
    "#);
}

#[test]
fn hints_are_three() {
    assert_snapshot!(with("\"One trip.\", ", ""), @"lab.toml:26: 2 hints: a stage has three, a nudge, the direction, near code");
}

#[test]
fn the_third_hint_is_no_rust() {
    let third = "\"one more trip; then admit(1) of the counter\"";
    for rust in [
        "self.counter.admit(1)",
        "let sum = count + units; sum <= limit",
        "use std::fmt; fn f() {}",
    ] {
        let said = with(third, &format!("{rust:?}"));
        assert!(
            said.contains("the third hint is Rust as it stands"),
            "{rust}: {said}"
        );
    }
    assert_snapshot!(with(third, "\"return self.counter.admit(1);\""), @"lab.toml:26: the third hint is Rust as it stands: say it in words, so that it is not pasted");
}

#[test]
fn a_costly_design_says_what_it_counts() {
    assert_snapshot!(with("counts = \"round trips\"\n", ""), @r#"lab.toml:50: a costly design is killed by a count: add `counts = "round trips"`"#);
    assert_snapshot!(with("kind = \"costly\"", "kind = \"wrong\""), @"lab.toml:51: `counts` is for a costly design; a wrong one breaks its invariant");
    assert_snapshot!(with("kind = \"costly\"", "kind = \"dear\""), @r#"lab.toml:50: unknown kind `dear`: `kind` is "wrong" or "costly""#);
}

#[test]
fn a_design_is_named_like_its_file() {
    assert_snapshot!(with("name = \"off-by-one\"", "name = \"Off by one\""), @"lab.toml:39: `Off by one` names a file and a command: lower case, digits and `-` only");
}

#[test]
fn a_lab_is_found_by_id_number_and_folder() {
    let house = House::new();
    for name in ["tiny", "7", "07", "07-tiny"] {
        assert_eq!(
            house.workspace().lab(name).expect("it is there").folder(),
            "07-tiny"
        );
    }
    assert_snapshot!(said(house.workspace().lab("tinny")), @"tests: no lab is called `tinny`");
    assert_eq!(house.workspace().labs().expect("one").len(), 1);
}

#[test]
fn a_folder_is_named_by_its_lab() {
    let house = House::with("tests/07-tiny/lab.toml", "number = 7", "number = 8");
    assert_snapshot!(said(house.workspace().labs()), @"tests/07-tiny/lab.toml:1: the lab is 08-tiny and its folder 07-tiny: let `number` and `id` name the folder");
}
