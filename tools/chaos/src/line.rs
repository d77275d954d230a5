//! What a running lab says on stdout, a JSON line each: the command that started it prints, keeps and draws it.
//!
//! The run is a program of the lab's (its clients are heavy), and the command links none of them; so they speak in lines.

use serde::{Deserialize, Serialize};

use crate::history::History;
use crate::schedule::Schedule;
use crate::verdict::Verdict;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum Line {
    /// Which servers are used.
    Services {
        /// `redis 7.0.15, MariaDB 10.11, ..`
        text: String,
    },
    /// What will go wrong.
    Schedule(Schedule),
    /// Something happened.
    Progress {
        /// When.
        at_us: u64,
        /// What.
        text: String,
    },
    /// A process of the system under test panicked: its own words.
    Panicked {
        /// Which.
        process: String,
        /// What it wrote to stderr, from the panic on.
        text: String,
    },
    /// All that was recorded.
    History(Box<History>),
    /// What that shows.
    Verdict(Verdict),
}

impl Line {
    /// As a line, without its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("lines have string keys only")
    }
}
