//! What a page may ask to run, and the command that it becomes.
//!
//! A request names a lab, a stage, a design. They are looked up in the labs' own lab.toml, and the arguments are made of what stands
//! there: no byte of a request reaches a command line or a path. The page's button and the terminal so run the same thing.

use contract::Manifest;
use lab::names::did_you_mean;
use serde::{Deserialize, Serialize};

/// No name of ours is longer; a longer one is not repeated in an answer.
const LONGEST_NAME: usize = 64;

/// What a page asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub enum Ask {
    /// A stage of the reader's code.
    Test {
        /// The lab's id.
        lab: String,
        /// From 1.
        stage: u32,
    },
    /// A broken design.
    Break {
        /// The lab's id.
        lab: String,
        /// The design's name.
        design: String,
    },
    /// A run with faults; of the reference, if no design is named.
    Chaos {
        /// The lab's id.
        lab: String,
        /// What decides the faults.
        seed: u64,
        /// The design's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        design: Option<String>,
    },
}

/// An [`Ask`] whose names are known, as arguments of the `lab` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    ask: Ask,
    arguments: Vec<String>,
}

impl Known {
    /// What was asked.
    #[must_use]
    pub fn ask(&self) -> &Ask {
        &self.ask
    }

    /// What `lab` is started with.
    #[must_use]
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }
}

impl Ask {
    /// The lab that was named.
    #[must_use]
    pub fn lab(&self) -> &str {
        match self {
            Self::Test { lab, .. } | Self::Break { lab, .. } | Self::Chaos { lab, .. } => lab,
        }
    }

    /// The command for it, of what `labs` say.
    ///
    /// # Errors
    /// In one sentence: there is no such lab, stage or design.
    pub fn look_up(&self, labs: &[&Manifest]) -> Result<Known, String> {
        let Some(lab) = labs.iter().find(|lab| lab.id.as_str() == self.lab()) else {
            let meant = did_you_mean(short(self.lab()), labs.iter().map(|lab| lab.id.as_str()));
            return Err(format!("There is no lab `{}`.{meant}", short(self.lab())));
        };
        let id = lab.id.to_string();
        let design_of = |name: &str| -> Result<String, String> {
            if let Some(broken) = lab.broken(name) {
                return Ok(broken.name.to_string());
            }
            let name = short(name);
            let meant = did_you_mean(name, lab.broken.iter().map(|broken| broken.name.as_str()));
            Err(format!("{id} has no broken design `{name}`.{meant}"))
        };
        let (ask, arguments) = match self {
            Self::Test { stage, .. } => {
                let Some(stage) = lab.stage(*stage) else {
                    let last = lab.stages.len();
                    return Err(format!(
                        "{id} has no stage {stage}: its stages are 1 to {last}."
                    ));
                };
                let stage = stage.number;
                let words = vec![
                    "test".to_owned(),
                    id.clone(),
                    "--stage".to_owned(),
                    stage.to_string(),
                ];
                (Self::Test { lab: id, stage }, words)
            }
            Self::Break { design, .. } => {
                let design = design_of(design)?;
                let words = vec!["break".to_owned(), id.clone(), design.clone()];
                (Self::Break { lab: id, design }, words)
            }
            Self::Chaos { seed, design, .. } => {
                let design = design.as_deref().map(design_of).transpose()?;
                let mut words = vec![
                    "chaos".to_owned(),
                    id.clone(),
                    "--seed".to_owned(),
                    seed.to_string(),
                ];
                match &design {
                    Some(design) => words.extend(["--design".to_owned(), design.clone()]),
                    None => words.push("--solution".to_owned()),
                }
                let seed = *seed;
                (
                    Self::Chaos {
                        lab: id,
                        seed,
                        design,
                    },
                    words,
                )
            }
        };
        Ok(Known { ask, arguments })
    }
}

/// A name as it may be repeated.
fn short(name: &str) -> &str {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => &name[..end],
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn sale() -> Manifest {
        let text = include_str!("../../tests/fixture/lab.toml");
        Manifest::parse(Path::new("lab.toml"), text).unwrap()
    }

    fn look_up(json: &str) -> Result<Vec<String>, String> {
        let ask: Ask = serde_json::from_str(json).unwrap();
        ask.look_up(&[&sale()])
            .map(|known| known.arguments().to_vec())
    }

    #[test]
    fn a_known_ask_is_the_command_that_stands_on_the_page() {
        let words = |json: &str| look_up(json).unwrap().join(" ");
        assert_eq!(
            words(r#"{"do":"test","lab":"sale","stage":2}"#),
            "test sale --stage 2"
        );
        assert_eq!(
            words(r#"{"do":"break","lab":"sale","design":"decr-then-rollback"}"#),
            "break sale decr-then-rollback"
        );
        assert_eq!(
            words(r#"{"do":"chaos","lab":"sale","seed":18446744073709551615}"#),
            "chaos sale --seed 18446744073709551615 --solution"
        );
        assert_eq!(
            words(r#"{"do":"chaos","lab":"sale","seed":7,"design":"decr-then-rollback"}"#),
            "chaos sale --seed 7 --design decr-then-rollback"
        );
    }

    #[test]
    fn what_is_not_known_is_said_with_what_may_be_meant() {
        let why = |json: &str| look_up(json).unwrap_err();
        assert_eq!(
            why(r#"{"do":"test","lab":"sael","stage":1}"#),
            "There is no lab `sael`. Did you mean `sale`?"
        );
        assert_eq!(
            why(r#"{"do":"test","lab":"sale","stage":9}"#),
            "sale has no stage 9: its stages are 1 to 2."
        );
        assert_eq!(
            why(r#"{"do":"break","lab":"sale","design":"decr-then-rolback"}"#),
            "sale has no broken design `decr-then-rolback`. Did you mean `decr-then-rollback`?"
        );
        let long = "x".repeat(10_000);
        let why = why(&format!(r#"{{"do":"test","lab":"{long}","stage":1}}"#));
        assert!(why.len() < 200, "{why}");
    }

    #[test]
    fn tricks_with_names_are_names_that_nobody_has() {
        for lab in [
            "",
            ".",
            "..",
            "../..",
            "%2e%2e",
            "sale/../sale",
            "sale ",
            "SALE",
            "01-sale",
            "1",
            "sale\u{0}",
            "--solution",
            "sale;true",
        ] {
            let ask = Ask::Test {
                lab: lab.to_owned(),
                stage: 1,
            };
            assert!(ask.look_up(&[&sale()]).is_err(), "{lab:?}");
        }
    }

    #[test]
    fn an_ask_has_its_own_keys_and_no_others() {
        for json in [
            r#"{"do":"test","lab":"sale"}"#,
            r#"{"do":"test","lab":"sale","stage":1,"solution":true}"#,
            r#"{"do":"test","lab":"sale","stage":-1}"#,
            r#"{"do":"test","lab":["sale"],"stage":1}"#,
            r#"{"do":"verify"}"#,
            r#"{"lab":"sale","stage":1}"#,
            "[]",
            "null",
        ] {
            assert!(serde_json::from_str::<Ask>(json).is_err(), "{json}");
        }
    }
}
