//! `{{#interview interview.toml}}`: a timed drill with follow-ups, and a rubric by which to judge oneself.

use std::fmt::Write as _;

use serde::Deserialize;

use crate::html::{count, escape, folded, markdown};
use crate::page::Page;

/// A drill.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interview {
    /// What the interviewer says.
    pub prompt: String,
    /// How long the whole takes.
    pub minutes: u32,
    /// Its parts, in order.
    pub phase: Vec<Phase>,
    /// What is asked then.
    pub follow_up: Vec<FollowUp>,
    /// What tells the levels apart.
    pub rubric: Vec<Level>,
}

/// A part of the talk.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Its name.
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// What should be on the table when it ends.
    pub expect: Vec<String>,
}

/// A question of the interviewer's.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowUp {
    /// The question.
    pub ask: String,
    /// What a good answer has in it.
    pub answer_outline: String,
}

/// One level of the rubric.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// `junior`, `mid`, `senior` or `staff`.
    pub level: Rank,
    /// What one hears.
    pub hears: Vec<String>,
    /// Why that is the level.
    pub why: String,
}

/// How far somebody is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Rank {
    /// Knows the parts.
    Junior,
    /// Puts them together.
    Mid,
    /// Sees what fails.
    Senior,
    /// Sees what it costs.
    Staff,
}

impl Interview {
    /// Reads and checks a drill.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let drill: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let sum: u32 = drill.phase.iter().map(|phase| phase.minutes).sum();
        if sum != drill.minutes {
            return Err(format!(
                "the phases take {sum} minutes and the whole {}",
                drill.minutes
            ));
        }
        if drill.phase.is_empty() || drill.follow_up.is_empty() {
            return Err("a drill has phases and follow-ups".to_owned());
        }
        if drill.rubric.len() < 2 || !drill.rubric.is_sorted_by(|a, b| a.level < b.level) {
            return Err("a rubric has at least two levels, each once, the lowest first".to_owned());
        }
        Ok(drill)
    }

    fn html(&self) -> String {
        let mut phases = String::new();
        for phase in &self.phase {
            let items: String = phase
                .expect
                .iter()
                .map(|item| format!("<li>{}</li>", markdown(item)))
                .collect();
            let _ = write!(
                phases,
                "<li data-minutes=\"{}\">{}</li>",
                phase.minutes,
                folded(
                    "lb-phase",
                    &format!(
                        "{} <span class=\"lb-place\">{}</span>",
                        escape(&phase.title),
                        count(phase.minutes, "minute")
                    ),
                    &format!("<ul>{items}</ul>")
                )
            );
        }
        let follow_ups: String = self
            .follow_up
            .iter()
            .map(|it| {
                format!(
                    "<li>{}</li>",
                    folded(
                        "lb-follow-up",
                        &markdown(&it.ask),
                        &format!("<p>{}</p>", markdown(&it.answer_outline))
                    )
                )
            })
            .collect();
        let mut levels = String::new();
        for level in &self.rubric {
            let hears: String = level
                .hears
                .iter()
                .map(|line| format!("<li>{}</li>", markdown(line)))
                .collect();
            let name = match level.level {
                Rank::Junior => "Junior",
                Rank::Mid => "Mid",
                Rank::Senior => "Senior",
                Rank::Staff => "Staff",
            };
            let _ = write!(
                levels,
                "<div class=\"lb-level\"><h4>{name}</h4><ul>{hears}</ul><p>{}</p></div>",
                markdown(&level.why)
            );
        }
        format!(
            "<section class=\"lb-interview\"><blockquote class=\"lb-prompt\"><p>{}</p></blockquote>\
             <div class=\"lb-clock\" data-minutes=\"{}\"><button type=\"button\" class=\"lb-clock-go\" hidden>Start the clock</button><span class=\"lb-clock-told\" role=\"status\">{}</span></div>\
             <h3>The four phases</h3><p>Say it aloud first; then open a phase and see what is missing.</p><ol class=\"lb-phases\">{phases}</ol>\
             <h3>Follow-ups</h3><ol class=\"lb-follow-ups\">{follow_ups}</ol><h3>Rubric: what one hears</h3><div class=\"lb-levels\">{levels}</div></section>",
            markdown(&self.prompt),
            self.minutes,
            count(self.minutes, "minute"),
        )
    }
}

/// The drill of a page.
///
/// # Errors
/// The file is missing or wrong.
pub fn drill(page: &Page<'_>, arguments: &str) -> Result<String, String> {
    let path = page
        .file
        .parent()
        .map_or_else(|| arguments.into(), |folder| folder.join(arguments));
    let text = page.house.text(&path)?;
    Interview::parse(&text)
        .map(|drill| drill.html())
        .map_err(|why| format!("{}: {why}", path.display()))
}
