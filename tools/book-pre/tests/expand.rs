//! A whole chapter, and every mistake that a page can make.

mod common;

use common::Shelf;

#[test]
fn a_chapter_is_expanded() {
    let shelf = Shelf::new();
    insta::assert_snapshot!("index", shelf.expand("07-tiny/index.md").unwrap());
    insta::assert_snapshot!("lab", shelf.expand("07-tiny/lab.md").unwrap());
    let front = shelf.expand("index.md").unwrap();
    assert_eq!(
        front,
        std::fs::read_to_string(shelf.path("book/src/index.md")).unwrap()
    );
}

#[test]
fn no_html_of_ours_has_a_blank_line_which_would_end_it() {
    let page = Shelf::new().expand("07-tiny/lab.md").unwrap();
    let inside = page.lines().filter(|line| line.starts_with('<'));
    let (mut open, mut closed) = (0, 0);
    for line in inside {
        for tag in [
            "div", "section", "figure", "details", "pre", "form", "table", "ul",
        ] {
            let opened = line.matches(&format!("<{tag}")).count()
                - line.matches(&format!("<{tag}{}", "caption")).count();
            assert_eq!(
                opened,
                line.matches(&format!("</{tag}>")).count(),
                "{tag} in {line}"
            );
            open += opened;
            closed += 1;
        }
    }
    assert!(open > 10 && closed > 10, "nothing was looked at");
}

/// What a page says wrong, and what it is told.
#[test]
fn a_mistake_has_its_file_and_its_line() {
    let page = "book/src/07-tiny/lab.md";
    let cases = [
        (
            page,
            "{{#stage 1}}",
            "{{#stage 9}}",
            "lab.md:5: tiny has no stage 9",
        ),
        (
            page,
            "{{#stage 1}}",
            "{{#stage one}}",
            "lab.md:5: which stage? `one` is no number",
        ),
        (
            page,
            "{{#designs}}",
            "{{#desings}}",
            "lab.md:9: no directive is called `desings`",
        ),
        (
            page,
            "{{#designs}}",
            "{{#include x.rs}}",
            "lab.md:9: `{{#include}}` is not used here",
        ),
        (
            page,
            "{{#designs}}",
            "see {{#designs}}",
            "lab.md:9: `{{#designs}}` stands on a line of its own",
        ),
        (
            page,
            "{{#designs}}",
            "```rust\nx\n```",
            "lab.md:9: a fenced block is one of",
        ),
        (
            page,
            "{{#designs}}",
            "{{#output look-then-take}}",
            "lab.md:9: nothing is recorded of `look-then-take`",
        ),
        (
            page,
            "seed=7 design=look-then-take",
            "seed=x",
            "lab.md:13: `x` is no seed",
        ),
        (
            page,
            "seed=7 design=look-then-take",
            "seed=7 design=look",
            "lab.md:13: no broken design is called `look`",
        ),
        (
            page,
            "{{#timeline run}}",
            "{{#timeline ../run}}",
            "lab.md:15: chaos.json has no run `../run`; it has run",
        ),
        (
            page,
            "{{#num bench.trip}}",
            "{{#num bench.tripp}}",
            "lab.md:19: book/data/07-tiny/bench.json has no `tripp`",
        ),
        (
            page,
            "{{#num bench.trip}}",
            "{{#num ../x.y}}",
            "lab.md:19: `` is no name of a data file",
        ),
        (
            page,
            "{{#num bench.trip}}",
            "67.7 us",
            "lab.md:19: `67.7` is typed",
        ),
        (
            page,
            "trip to_bare",
            "trip too_bare",
            "lab.md:21: book/data/07-tiny/bench.json has no figure `too_bare`",
        ),
        (
            page,
            "{{#plot bench to_bare}}",
            "{{#plot bench to_bare trip}}",
            "lab.md:23: `trip` is in `us each` and `to_bare` in `ratio`",
        ),
        (
            page,
            "\"A line\"",
            "",
            "lab.md:25: say `path/from/the/root.svg",
        ),
        (
            page,
            "picture.svg",
            "../../../../etc/passwd",
            "lab.md:25: `book/src/07-tiny/../../../../etc/passwd` is no path below",
        ),
        (
            page,
            "counter.rs:admit",
            "counter.rs:admitt",
            "counter.rs has no anchor `admitt`; it has admit",
        ),
        (
            page,
            "counter.rs:admit",
            "gone.rs:admit",
            "lab.md:29: cannot read solutions/07-tiny/src/gone.rs",
        ),
        (
            page,
            "## Measure",
            "## Production",
            "lab.md:17: before part `Production` comes `Measure`",
        ),
        (
            page,
            "## Measure",
            "## Measures",
            "lab.md:17: no part of a chapter is called `Measures`",
        ),
        (
            page,
            "\n## Production\n",
            "\n",
            "lab.md: the chapter has no part `Production`",
        ),
        (
            page,
            "{{#break look-then-take}}\n",
            "",
            "the chapter does not run `look-then-take`: a sketch's mistake is shown running",
        ),
        (
            page,
            "{{#break look-then-take}}",
            "{{#break off-by-one}}",
            "lab.md:7: `off-by-one` is run twice",
        ),
        (
            "book/src/07-tiny/index.md",
            "{{#card}}\n",
            "",
            "index.md:4: the card comes first",
        ),
        (
            "book/src/07-tiny/index.md",
            "#first",
            "#second",
            "index.md:15: question `second` of quiz.toml lacks `predict = true`",
        ),
        (
            "book/src/index.md",
            "No lab",
            "{{#card}}\n\nNo lab",
            "index.md:3: this page is in no lab's folder",
        ),
        (
            "book/src/index.md",
            "No lab",
            "{{#run lab=big test stage=1}}\n\nNo lab",
            "index.md:3: no lab is called `big`",
        ),
        (
            "book/src/07-tiny/quiz.toml",
            "design = \"look-then-take\"\n",
            "",
            "option `Two` is wrong and names no broken design",
        ),
        (
            "book/src/07-tiny/quiz.toml",
            "look-then-take",
            "look",
            "question `second`: no broken design is called `look`",
        ),
        (
            "book/src/07-tiny/quiz.toml",
            "right = true\n",
            "",
            "2 options, 0 of them right",
        ),
        (
            "book/src/07-tiny/quiz.toml",
            "id = \"second\"",
            "id = \"first\"",
            "two questions are called `first`",
        ),
        (
            "book/src/07-tiny/quiz.toml",
            "ask = \"How",
            "asks = \"How",
            "unknown field `asks`",
        ),
        (
            "book/src/07-tiny/interview.toml",
            "minutes = 10\n[[phase]]",
            "minutes = 11\n[[phase]]",
            "the phases take 10 minutes and the whole 11",
        ),
        (
            "book/src/07-tiny/interview.toml",
            "\"senior\"",
            "\"expert\"",
            "unknown variant `expert`",
        ),
        (
            "book/data/07-tiny/bench.json",
            "{",
            "",
            "bench.json is no JSON",
        ),
        (
            "book/data/07-tiny/chaos/run.svg",
            "</svg>",
            "",
            "run.svg does not end with </svg>",
        ),
        (
            "tests/07-tiny/broken/look-then-take.rs",
            "ANCHOR: stage2_take",
            "ANCHOR: stage2_tak",
            "look-then-take.rs",
        ),
    ];
    for (file, from, to, told) in cases {
        let error = Shelf::with(file, from, to)
            .expand("index.md")
            .expect_err(to);
        assert!(
            error.contains(told),
            "{from} -> {to}\ntold: {error}\nwanted: {told}"
        );
    }
}

#[test]
fn all_mistakes_of_all_pages_are_told_at_once() {
    let shelf = Shelf::with("book/src/07-tiny/lab.md", "{{#stage 1}}", "{{#stage 9}}");
    let index = shelf.path("book/src/07-tiny/index.md");
    let text = std::fs::read_to_string(&index).unwrap();
    std::fs::write(index, text.replace("{{#invariants}}", "{{#invariant}}")).unwrap();
    let error = shelf.expand("index.md").unwrap_err();
    assert_eq!(error.lines().count(), 2, "{error}");
}

#[test]
fn a_page_that_nobody_lists_is_a_mistake() {
    let shelf = Shelf::new();
    std::fs::write(shelf.path("book/src/07-tiny/lost.md"), "# Lost\n").unwrap();
    let error = shelf.load().unwrap_err().to_string();
    assert_eq!(
        error,
        "07-tiny/lost.md is in no table of contents: SUMMARY.md does not list it"
    );
}

const PART: &str = "# Part 5. Failing well\n\nThe run took {{#num storm.runs.with budget.layers.2.calls}} calls, {{#num storm.rate}} of them \
in {{#source 2}} s; lab 7 counts {{#num lab=tiny bench.trip}}.\n\n{{#run lab=tiny break design=look-then-take}}\n\n\
{{#code solutions/07-tiny/src/counter.rs:admit}}\n\n{{#svg book/data/part-5/storm.svg \"A storm\"}}\n\n## Sources\n\n- Somebody, 2018.\n";

/// A shelf with the page of a part, in a folder of its own that no lab has.
fn with_part(page: &str) -> Shelf {
    let shelf = Shelf::with(
        "book/src/SUMMARY.md",
        "- [A counter]",
        "- [Part 5](part-5/index.md)\n- [A counter]",
    );
    for dir in ["book/src/part-5", "book/data/part-5"] {
        std::fs::create_dir_all(shelf.path(dir)).unwrap();
    }
    let data =
        r#"{"rate": 0.25, "runs": [{"name": "with budget", "layers": [{}, {}, {"calls": 1234}]}]}"#;
    std::fs::write(shelf.path("book/src/part-5/index.md"), page).unwrap();
    std::fs::write(shelf.path("book/data/part-5/storm.json"), data).unwrap();
    std::fs::write(
        shelf.path("book/data/part-5/storm.svg"),
        "<svg><g/></svg>\n",
    )
    .unwrap();
    shelf
}

#[test]
fn a_parts_page_is_no_chapter_and_has_data_of_its_own() {
    let page = with_part(PART).expand("part-5/index.md").unwrap();
    let said = [
        ">1,234</span> calls",
        ">0.25</span> of them in 2 s",
        "title=\"bench: trip\">67.7",
        "cargo lab break tiny look-then-take",
        "pub fn admit",
        "<svg><g/></svg>",
    ];
    for words in said {
        assert!(page.contains(words), "no {words} in\n{page}");
    }
}

#[test]
fn a_parts_page_types_no_number_and_names_what_is_there() {
    let cases = [
        ("in {{#source 2}} s", "in 2 s", "index.md:3: `2` is typed"),
        (
            "storm.rate",
            "storm.rates",
            "index.md:3: book/data/part-5/storm.json has no `rates`",
        ),
        (
            "storm.rate",
            "rain.rate",
            "index.md:3: cannot read book/data/part-5/rain.json",
        ),
        (
            "lab=tiny bench",
            "lab=big bench",
            "index.md:3: no lab is called `big`",
        ),
        (
            "{{#run lab=tiny break",
            "{{#run break",
            "index.md:5: this page is in no lab's folder",
        ),
        ("## Sources", "## Reading", "index.md:13: `2018` is typed"),
    ];
    for (from, to, told) in cases {
        let page = PART.replace(from, to);
        let error = with_part(&page).expand("index.md").expect_err(to);
        assert!(
            error.contains(told),
            "{from} -> {to}\ntold: {error}\nwanted: {told}"
        );
    }
}

#[test]
fn the_card_of_a_lab_without_services_says_so_once() {
    let shelf = Shelf::with("tests/07-tiny/lab.toml", "[\"redis\"]", "[]");
    let page = shelf.expand("07-tiny/index.md").unwrap();
    assert!(
        page.contains("<dd>none: its suite needs no server</dd>"),
        "{page}"
    );
}
