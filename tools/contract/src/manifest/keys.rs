//! The keys of lab.toml, one function a table.

use toml::de::DeTable;

use super::{Broken, Invariant, Kind, Manifest, Origin, Service, Stage, Text};
use crate::rust;
use crate::table::{Source, Table};

pub(super) fn read(source: &mut Source<'_>, root: &DeTable<'_>) -> Manifest {
    let mut table = Table::new("lab.toml", 1, root);
    let manifest = Manifest {
        file: source.file.to_owned(),
        id: table.text(source, "id"),
        number: table.number(source, "number"),
        title: table.text(source, "title").value,
        prerequisites: table.texts(source, "prerequisites"),
        source: table.text(source, "source").value,
        stages: table
            .tables(source, "stage")
            .into_iter()
            .map(|t| stage(source, t))
            .collect(),
        invariants: table
            .tables(source, "invariant")
            .into_iter()
            .map(|t| invariant(source, t))
            .collect(),
        broken: table
            .tables(source, "broken")
            .into_iter()
            .map(|t| broken(source, t))
            .collect(),
    };
    table.finish(source);
    if manifest.stages.is_empty() {
        source.error(1, "no stage: add a [[stage]]");
    }
    manifest
}

fn stage(source: &mut Source<'_>, mut table: Table<'_, '_>) -> Stage {
    let stage = Stage {
        number: table.number(source, "number"),
        title: table.text(source, "title").value,
        minutes: table.number(source, "minutes"),
        files: table.texts(source, "files"),
        services: table
            .texts(source, "services")
            .iter()
            .filter_map(|name| service(source, name))
            .collect(),
        hints: hints(source, &mut table),
        line: table.line,
    };
    table.finish(source);
    stage
}

fn service(source: &mut Source<'_>, name: &Text) -> Option<Service> {
    let service = Service::ALL
        .into_iter()
        .find(|service| service.as_str() == name.as_str());
    if service.is_none() && !name.is_empty() {
        let known = Service::ALL.map(Service::as_str).join(", ");
        source.error(
            name.line,
            format!("unknown service `{name}`: there are {known}"),
        );
    }
    service
}

fn hints(source: &mut Source<'_>, table: &mut Table<'_, '_>) -> [String; 3] {
    let hints = table.texts(source, "hints");
    let line = hints.first().map_or(table.line, |hint| hint.line);
    if let [_, _, third] = hints.as_slice()
        && rust::compiles_alone(third)
    {
        source.error(
            third.line,
            "the third hint is Rust as it stands: say it in words, so that it is not pasted",
        );
    }
    let count = hints.len();
    hints
        .into_iter()
        .map(|hint| hint.value)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap_or_else(|_| {
            source.error(
                line,
                format!("{count} hints: a stage has three, a nudge, the direction, near code"),
            );
            Default::default()
        })
}

fn invariant(source: &mut Source<'_>, mut table: Table<'_, '_>) -> Invariant {
    let invariant = Invariant {
        id: table.number(source, "id"),
        sentence: table.text(source, "sentence").value,
        tests: table.texts(source, "tests"),
        line: table.line,
    };
    table.finish(source);
    invariant
}

fn broken(source: &mut Source<'_>, mut table: Table<'_, '_>) -> Broken {
    let name = table.text(source, "name");
    if !name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    {
        source.error(
            name.line,
            format!("`{name}` names a file and a command: lower case, digits and `-` only"),
        );
    }
    let from = table.text(source, "from");
    let origin = match from.as_str() {
        "classic" => Origin::Classic,
        other => {
            if !matches!(other, "sketch" | "") {
                source.error(
                    from.line,
                    format!("unknown origin `{from}`: `from` is \"sketch\" or \"classic\""),
                );
            }
            Origin::Sketch
        }
    };
    let kind = kind(source, &mut table);
    let broken = Broken {
        name,
        from: origin,
        kind,
        breaks: table.number(source, "breaks"),
        regions: table.texts(source, "regions"),
        test: table.text(source, "test"),
        summary: table.text(source, "summary").value,
        line: table.line,
    };
    table.finish(source);
    broken
}

fn kind(source: &mut Source<'_>, table: &mut Table<'_, '_>) -> Kind {
    let kind = table.text(source, "kind");
    let counts = table.text_or_none(source, "counts");
    match (kind.as_str(), counts) {
        ("costly", Some(counts)) => Kind::Costly {
            counts: counts.value,
        },
        ("costly", None) => {
            source.error(
                kind.line,
                "a costly design is killed by a count: add `counts = \"round trips\"`",
            );
            Kind::Wrong
        }
        ("wrong", Some(counts)) => {
            source.error(
                counts.line,
                "`counts` is for a costly design; a wrong one breaks its invariant",
            );
            Kind::Wrong
        }
        ("wrong" | "", _) => Kind::Wrong,
        (other, _) => {
            source.error(
                kind.line,
                format!("unknown kind `{other}`: `kind` is \"wrong\" or \"costly\""),
            );
            Kind::Wrong
        }
    }
}
