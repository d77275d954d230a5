//! The lab's card and the blocks of its stages.

use std::collections::BTreeSet;

use contract::Service;

use crate::html::{code, count, escape};
use crate::page::Page;
use crate::run::Run;

/// `{{#card}}`: minutes, prerequisites, services, one command.
///
/// # Errors
/// The page belongs to no lab.
pub fn card(page: &Page<'_>) -> Result<String, String> {
    let lab = page.lab()?;
    let manifest = &lab.manifest;
    let services: BTreeSet<Service> = manifest
        .stages
        .iter()
        .flat_map(|stage| stage.services.clone())
        .collect();
    let before: Vec<String> = manifest.prerequisites.iter().map(|id| escape(id)).collect();
    let before = if before.is_empty() {
        "none".to_owned()
    } else {
        before.join(", ")
    };
    let stages = count(manifest.stages.len() as u32, "stage");
    let quiet = manifest
        .stages
        .iter()
        .take_while(|stage| stage.services.is_empty())
        .count();
    let first = match quiet {
        _ if services.is_empty() => ": its suite needs no server".to_owned(),
        0 => String::new(),
        1 => " (stage 1 needs none)".to_owned(),
        n => format!(" (stages 1 to {n} need none)"),
    };
    let rows = [
        ("Time", format!("{}, {stages}", hours(manifest.minutes()))),
        ("Before it", before),
        ("Services", format!("{}{first}", names(&services))),
    ];
    let rows: String = rows
        .iter()
        .map(|(term, text)| format!("<div><dt>{term}</dt><dd>{text}</dd></div>"))
        .collect();
    let run = Run::Stage(1).html(lab.id());
    Ok(format!(
        "<section class=\"lb-card\" aria-label=\"About this lab\"><dl>{rows}</dl>{run}</section>"
    ))
}

/// `{{#stage 1}}`: what to edit, how long it takes, the command.
///
/// # Errors
/// The lab has no such stage.
pub fn stage(page: &Page<'_>, arguments: &str) -> Result<String, String> {
    let lab = page.lab()?;
    let number: u32 = arguments
        .parse()
        .map_err(|_| format!("which stage? `{arguments}` is no number"))?;
    let stage = lab
        .manifest
        .stage(number)
        .ok_or_else(|| format!("{} has no stage {number}", lab.id()))?;
    let files: Vec<String> = stage.files.iter().map(|file| code(file)).collect();
    let services: BTreeSet<Service> = stage.services.iter().copied().collect();
    let folder = code(&lab.lab_path().display().to_string());
    let run = Run::Stage(number).html(lab.id());
    Ok(format!(
        "<section class=\"lb-stage\" id=\"stage-{number}\" data-stage=\"{number}\"><h3 class=\"lb-stage-title\">Stage {number}: {}</h3>\
         <p class=\"lb-facts\">{} · services: {}</p><p class=\"lb-files\">Edit in {folder}: {}</p>{run}</section>",
        escape(&stage.title),
        count(stage.minutes, "minute"),
        names(&services),
        files.join(", "),
    ))
}

fn names(services: &BTreeSet<Service>) -> String {
    let names: Vec<&str> = services
        .iter()
        .map(|service| match service {
            Service::Redis => "Redis",
            Service::RedisCluster => "Redis Cluster",
            Service::MySql => "MySQL or MariaDB",
            Service::Kafka => "Kafka",
        })
        .collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn hours(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => count(minutes, "minute"),
        (hours, 0) => count(hours, "hour"),
        (hours, minutes) => format!("{} {}", count(hours, "hour"), count(minutes, "minute")),
    }
}
