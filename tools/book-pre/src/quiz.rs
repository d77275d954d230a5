//! Quizzes: `{{#quiz quiz.toml}}` and, before the theory, `{{#predict quiz.toml#id}}`.
//!
//! Every option says why it is right or wrong, because the wrong ones are what there is to learn from: each is a mistake that a
//! broken design shows, and links to it. mdbook-quiz explains a question, not its options, and is a program of its own.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use contract::Lab;
use serde::Deserialize;

use crate::design;
use crate::html::{code, escape, is_a_paragraph, markdown};
use crate::page::Page;
use crate::run::known;

/// A quiz file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiz {
    /// Its questions.
    pub question: Vec<Question>,
}

/// One question.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its anchor.
    pub id: String,
    /// The question, in Markdown.
    pub ask: String,
    /// It is asked before the theory, and not in the quiz.
    #[serde(default)]
    pub predict: bool,
    /// What may be answered.
    pub option: Vec<Answer>,
}

/// One option.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// In Markdown.
    pub text: String,
    /// Whether it is the right one.
    #[serde(default)]
    pub right: bool,
    /// Why it is right or wrong, in Markdown.
    pub why: String,
    /// The broken design that makes this mistake.
    pub design: Option<String>,
}

impl Quiz {
    /// Reads and checks a quiz of a lab.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str, lab: &Lab) -> Result<Self, String> {
        let quiz: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut ids = BTreeSet::new();
        for question in &quiz.question {
            question
                .check(lab)
                .map_err(|why| format!("question `{}`: {why}", question.id))?;
            if !ids.insert(&question.id) {
                return Err(format!("two questions are called `{}`", question.id));
            }
        }
        Ok(quiz)
    }
}

impl Question {
    fn check(&self, lab: &Lab) -> Result<(), String> {
        let plain = !self.id.is_empty()
            && self
                .id
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !plain {
            return Err("an id is made of a-z, 0-9 and -".to_owned());
        }
        if self.ask.trim().is_empty() {
            return Err("it asks nothing".to_owned());
        }
        let right = self.option.iter().filter(|option| option.right).count();
        if self.option.len() < 2 || right != 1 {
            return Err(format!(
                "{} options, {right} of them right: at least two, and exactly one right",
                self.option.len()
            ));
        }
        for option in &self.option {
            if option.text.trim().is_empty() || option.why.trim().is_empty() {
                return Err(format!(
                    "option `{}` lacks its text or its why",
                    option.text
                ));
            }
            if !is_a_paragraph(&option.text) {
                return Err(format!(
                    "option `{}` is not one paragraph: `1. of what` is a list",
                    option.text
                ));
            }
            match (&option.design, option.right) {
                (Some(name), false) => known(lab, name)?,
                (None, false) => {
                    return Err(format!(
                        "option `{}` is wrong and names no broken design that shows it",
                        option.text
                    ));
                }
                (Some(_), true) => return Err("the right option names a broken design".to_owned()),
                (None, true) => {}
            }
        }
        Ok(())
    }

    fn html(&self, number: Option<usize>) -> String {
        let id = &self.id;
        let mut options = String::new();
        for (index, option) in self.option.iter().enumerate() {
            let verdict = if option.right { "Right." } else { "Wrong." };
            let shown = match &option.design {
                Some(name) => format!(
                    " <a href=\"lab.html#{}\">Shown by {}</a>.",
                    design::anchor(name),
                    code(name)
                ),
                None => String::new(),
            };
            let _ = write!(
                options,
                "<div class=\"lb-option\" data-right=\"{}\"><label><input type=\"radio\" name=\"q-{id}\" value=\"{index}\"> <span>{}</span></label>\
                 <p class=\"lb-why\"><strong>{verdict}</strong> {}{shown}</p></div>",
                option.right,
                markdown(&option.text),
                markdown(&option.why),
            );
        }
        let number = number
            .map(|n| format!("<span class=\"lb-number\">{n}.</span> "))
            .unwrap_or_default();
        format!(
            "<form class=\"lb-question\" id=\"q-{id}\" data-question=\"{id}\"><fieldset><legend>{number}{}</legend>{options}</fieldset>\
             <div class=\"lb-answer-bar\"><button type=\"submit\" class=\"lb-answer\">Answer</button><span class=\"lb-told\" role=\"status\"></span></div></form>",
            markdown(&self.ask)
        )
    }
}

/// The questions of a quiz, those of `predict` left out.
///
/// # Errors
/// The file is missing or wrong.
pub fn quiz(page: &Page<'_>, arguments: &str) -> Result<String, String> {
    let quiz = read(page, arguments)?;
    let asked = quiz.question.iter().filter(|question| !question.predict);
    let questions: String = (1..)
        .zip(asked)
        .map(|(number, question)| question.html(Some(number)))
        .collect();
    Ok(format!(
        "<section class=\"lb-quiz\" data-quiz=\"{}\">{questions}<p class=\"lb-score\" role=\"status\"></p></section>",
        escape(page.lab()?.id())
    ))
}

/// One question before the theory.
///
/// # Errors
/// The file is missing or wrong, or has no such question.
pub fn predict(page: &Page<'_>, arguments: &str) -> Result<String, String> {
    let (file, id) = arguments
        .split_once('#')
        .ok_or("which question? `{{#predict quiz.toml#id}}`")?;
    let quiz = read(page, file)?;
    let question = quiz
        .question
        .iter()
        .find(|question| question.id == id)
        .ok_or_else(|| format!("{file} has no question `{id}`"))?;
    if !question.predict {
        return Err(format!(
            "question `{id}` of {file} lacks `predict = true`, so the quiz would ask it again"
        ));
    }
    Ok(question.html(None))
}

fn read(page: &Page<'_>, file: &str) -> Result<Quiz, String> {
    let path = page
        .file
        .parent()
        .map_or_else(|| file.into(), |folder| folder.join(file));
    let text = page.house.text(&path)?;
    Quiz::parse(&text, page.lab()?).map_err(|why| format!("{}: {why}", path.display()))
}
