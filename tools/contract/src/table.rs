//! A TOML table read key by key, every mistake noted with its line.
//!
//! Not serde: a derived deserializer stops at the first mistake, and its "missing field" has no line of its own.
//! A key that nobody asked for is a mistake too, so a typo never turns into a default.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::line_of;
use crate::{Diagnostics, Text};

/// Where a file's text and its mistakes are.
pub(crate) struct Source<'a> {
    pub(crate) file: &'a Path,
    pub(crate) text: &'a str,
    pub(crate) errors: Diagnostics,
}

impl Source<'_> {
    pub(crate) fn line(&self, offset: usize) -> usize {
        line_of(self.text, offset)
    }

    pub(crate) fn error(&mut self, line: usize, message: impl Into<String>) {
        self.errors.push(self.file, line, message);
    }
}

/// One table of the file: `name` as it is written in messages, `line` where it begins.
pub(crate) struct Table<'t, 'i> {
    name: String,
    pub(crate) line: usize,
    entries: &'t DeTable<'i>,
    asked: Vec<&'static str>,
}

impl<'t, 'i> Table<'t, 'i> {
    pub(crate) fn new(name: impl Into<String>, line: usize, entries: &'t DeTable<'i>) -> Self {
        Self {
            name: name.into(),
            line,
            entries,
            asked: Vec::new(),
        }
    }

    fn get(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.asked.push(key);
        self.entries.get(key)
    }

    /// The value of a key that must be there, with its line.
    fn need(
        &mut self,
        source: &mut Source<'_>,
        key: &'static str,
        example: &str,
    ) -> Option<&'t Spanned<DeValue<'i>>> {
        let value = self.get(key);
        if value.is_none() {
            source.error(
                self.line,
                format!("{} has no `{key}`: add `{key} = {example}`", self.name),
            );
        }
        value
    }

    pub(crate) fn text(&mut self, source: &mut Source<'_>, key: &'static str) -> Text {
        let Some(value) = self.need(source, key, "\"..\"") else {
            return Text::default();
        };
        string(source, &format!("`{key}`"), value)
    }

    /// Like [`Table::text`], for a key that may be missing.
    pub(crate) fn text_or_none(
        &mut self,
        source: &mut Source<'_>,
        key: &'static str,
    ) -> Option<Text> {
        let value = self.get(key)?;
        Some(string(source, &format!("`{key}`"), value))
    }

    pub(crate) fn number(&mut self, source: &mut Source<'_>, key: &'static str) -> u32 {
        let Some(value) = self.need(source, key, "1") else {
            return 0;
        };
        let line = source.line(value.span().start);
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|n| u32::from_str_radix(n.as_str(), n.radix()).ok());
        number.filter(|n| *n > 0).unwrap_or_else(|| {
            source.error(line, format!("`{key}` must be a whole number from 1"));
            0
        })
    }

    pub(crate) fn texts(&mut self, source: &mut Source<'_>, key: &'static str) -> Vec<Text> {
        let Some(value) = self.need(source, key, "[..]") else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            let line = source.line(value.span().start);
            source.error(line, format!("`{key}` must be a list of strings"));
            return Vec::new();
        };
        items
            .iter()
            .map(|item| string(source, &format!("each of `{key}`"), item))
            .collect()
    }

    /// The tables of `[[key]]`, in their order.
    pub(crate) fn tables(
        &mut self,
        source: &mut Source<'_>,
        key: &'static str,
    ) -> Vec<Table<'t, 'i>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let line = source.line(value.span().start);
        let name = format!("[[{key}]]");
        let tables: Option<Vec<_>> = value.get_ref().as_array().and_then(|items| {
            items
                .iter()
                .map(|item| Some((item.span().start, item.get_ref().as_table()?)))
                .collect()
        });
        match tables {
            Some(tables) => tables
                .into_iter()
                .map(|(start, table)| Table::new(name.clone(), source.line(start), table))
                .collect(),
            None => {
                source.error(line, format!("`{key}` must be written as {name} tables"));
                Vec::new()
            }
        }
    }

    /// Every key that nobody asked for is a mistake.
    pub(crate) fn finish(self, source: &mut Source<'_>) {
        for key in self.entries.keys() {
            if !self.asked.contains(&key.get_ref().as_ref()) {
                let line = source.line(key.span().start);
                let known = self.asked.join(", ");
                source.error(
                    line,
                    format!(
                        "unknown key `{}` in {}: it has {known}",
                        key.get_ref(),
                        self.name
                    ),
                );
            }
        }
    }
}

fn string(source: &mut Source<'_>, what: &str, value: &Spanned<DeValue<'_>>) -> Text {
    let line = source.line(value.span().start);
    match value.get_ref().as_str() {
        Some(text) if !text.trim().is_empty() => Text::new(text, line),
        Some(_) => {
            source.error(line, format!("{what} must not be empty"));
            Text::new("", line)
        }
        None => {
            source.error(
                line,
                format!(
                    "{what} must be a string, not {}",
                    value.get_ref().type_str()
                ),
            );
            Text::new("", line)
        }
    }
}
