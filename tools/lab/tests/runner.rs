//! The runner by itself: filters, orders, limits, and a build that fails.

mod common;
use common::House;

use std::time::Duration;

use lab::runner::{
    Binary, BuildError, BuildEvent, Filter, Outcome, Package, Run, Scope, Target, Targets,
    TestResult, build, run,
};

fn package(house: &House, scope: Scope) -> Package {
    let mut package = Package::new(
        house.path("solutions/07-tiny/Cargo.toml"),
        "tiny-solution",
        scope,
    );
    package.target_dir = Some(house.path("target"));
    package
}

/// What is built for this target of the fixture's two.
fn scope(highest: Target) -> Scope {
    Scope::Tests(Targets::by(|target| target == Target::Services).up_to(highest))
}

fn binaries(house: &House, scope: Scope) -> Vec<Binary> {
    build(&package(house, scope), false, &mut |_| {})
        .unwrap()
        .binaries
}

fn results(binary: &Binary, how: &Run) -> Vec<TestResult> {
    run(binary, how, &mut |_| {}).unwrap()
}

#[test]
fn a_scope_decides_what_is_built_and_progress_is_told() {
    let house = House::new();
    let mut units = 0;
    let built = build(
        &package(&house, scope(Target::Services)),
        false,
        &mut |event| {
            if let BuildEvent::Progress { total, .. } = event {
                units = total;
            }
        },
    );
    let targets: Vec<_> = built
        .unwrap()
        .binaries
        .iter()
        .map(|binary| binary.target)
        .collect();
    assert_eq!(targets, [Target::Core, Target::Services]);
    assert!(units >= 3, "the library and two tests, not {units}");
    assert_eq!(binaries(&house, scope(Target::Core)).len(), 1);
}

#[test]
fn filters_and_orders_choose_tests() {
    let house = House::new();
    let core = &binaries(&house, scope(Target::Core))[0];
    let with = |filter| Run {
        filter,
        shuffle_seed: Some(7),
        ..Run::default()
    };
    assert_eq!(results(core, &with(Filter::All)).len(), 2);
    assert_eq!(results(core, &with(Filter::Stage(1))).len(), 2);
    assert_eq!(results(core, &with(Filter::Stage(2))).len(), 0);
    let one = "stage1::inv1_any_units";
    let ran = results(core, &with(Filter::Exact(vec![one.to_owned()])));
    assert_eq!(
        ran.iter()
            .map(|result| result.name.as_str())
            .collect::<Vec<_>>(),
        [one]
    );
    assert_eq!(results(core, &with(Filter::Exact(Vec::new()))).len(), 0);
}

#[test]
fn a_test_that_never_ends_fails_at_the_limit() {
    let house = House::new();
    house.edit("tests/07-tiny/core/admit.rs", "let mut counter = Counter { count: 1", "loop { std::thread::park() }\n    #[allow(unreachable_code)]\n    let mut counter = Counter { count: 1");
    let core = &binaries(&house, scope(Target::Core))[0];
    let soon = Some(Duration::from_secs(2));
    let runs = [
        Run {
            limit: soon,
            ..Run::default()
        },
        Run {
            stuck_after: soon,
            ..Run::default()
        },
    ];
    for run in runs {
        let ran = results(core, &run);
        let endless = ran
            .iter()
            .find(|result| result.name == "stage1::inv1_any_units")
            .unwrap();
        assert_eq!(endless.outcome, Outcome::Failed);
        assert!(
            endless.stdout.contains("no result in time"),
            "{}",
            endless.stdout
        );
        assert!(
            ran.iter().any(|result| result.outcome == Outcome::Ok),
            "the other one has its result"
        );
    }
}

#[test]
fn errors_are_the_compilers_or_cargos() {
    let house = House::new();
    let mut unknown = package(&house, scope(Target::Core));
    unknown.manifest = house.path("solutions/08-nobody/Cargo.toml");
    let refused = build(&unknown, false, &mut |_| {}).unwrap_err();
    assert!(
        matches!(&refused, BuildError::Cargo(words) if words.contains("08-nobody")),
        "{refused}"
    );

    house.edit(
        "solutions/07-tiny/src/counter.rs",
        "admitted\n",
        "admited\n",
    );
    let errors = build(&package(&house, scope(Target::Core)), false, &mut |_| {}).unwrap_err();
    let BuildError::DoesNotCompile(errors) = errors else {
        panic!("{errors}")
    };
    assert!(
        errors[0].own && errors[0].rendered.contains("cannot find value `admited`"),
        "{errors:?}"
    );
}
