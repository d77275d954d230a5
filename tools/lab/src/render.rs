//! What the command says, as pure functions: data and a page in, text out.
//!
//! Nothing here reads a file, a clock or the terminal, so the snapshots in tests/ are what a reader sees at
//! 80 and at 40 columns.

pub mod bench;
pub mod chaos;
pub mod curves;
pub mod design;
pub mod doctor;
pub mod guide;
pub mod labs;
pub mod outcome;

use contract::{Manifest, Service};

use crate::page::{Ink, Page};

/// `16-seckill`: the folder's name under book/src, labs, solutions and tests.
pub fn folder(manifest: &Manifest) -> String {
    format!("{:02}-{}", manifest.number, manifest.id)
}

/// Minutes as a reader plans: `25 min`, `4 h`, `1 h 30`.
pub fn minutes(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes:02}"),
    }
}

/// `Redis and Kafka`, or `none`.
pub fn services(services: &[Service]) -> String {
    let names: Vec<_> = services
        .iter()
        .map(|service| match service {
            Service::Redis => "Redis",
            Service::RedisCluster => "Redis Cluster",
            Service::MySql => "MySQL",
            Service::Kafka => "Kafka",
        })
        .collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// `1 test`, `3 tests`.
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// An error: its paragraphs wrapped, its commands (indented by four) as they are.
pub fn error(page: &Page, message: &str) -> String {
    let mut out = String::new();
    for (index, line) in message.lines().enumerate() {
        match line.strip_prefix("    ") {
            Some(command) => out += &page.command(command),
            None if index == 0 => {
                let text = page.paragraph(0, Ink::Plain, &format!("error: {line}"));
                out += &text.replacen("error:", &page.paint(Ink::Red, "error:"), 1);
            }
            None => out += &page.paragraph(0, Ink::Plain, line),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_lists_read_as_spoken() {
        assert_eq!(minutes(25), "25 min");
        assert_eq!(minutes(240), "4 h");
        assert_eq!(minutes(95), "1 h 35");
        assert_eq!(services(&[]), "none");
        assert_eq!(
            services(&[Service::Redis, Service::MySql, Service::Kafka]),
            "Redis, MySQL and Kafka"
        );
    }
}
