//! What cargo's messages and words come to: binaries, diagnostics, events.

use std::path::Path;

use serde::Deserialize;

use super::build::{BuildError, BuildEvent, Built, Diagnostic, Level, Program};
use super::{Binary, Package, Target};

/// Everything that a build has said so far.
#[derive(Default)]
pub(super) struct Gathered {
    binaries: Vec<Binary>,
    programs: Vec<Program>,
    diagnostics: Vec<Diagnostic>,
    words: Vec<String>,
}

/// The messages of cargo that matter here.
#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-message")]
    Diagnostic {
        manifest_path: String,
        message: Compiler,
    },
    #[serde(rename = "compiler-artifact")]
    Artifact {
        manifest_path: String,
        target: ArtifactTarget,
        executable: Option<String>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Compiler {
    level: String,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct ArtifactTarget {
    kind: Vec<String>,
    name: String,
}

impl Gathered {
    pub(super) fn message(&mut self, text: &str, package: &Package) {
        let Ok(message) = serde_json::from_str::<Message>(text) else {
            return;
        };
        match message {
            Message::Diagnostic {
                manifest_path,
                message,
            } => {
                let level = match message.level.as_str() {
                    "warning" => Level::Warning,
                    "error" | "error: internal compiler error" => Level::Error,
                    _ => return,
                };
                let rendered = message.rendered.unwrap_or_default();
                // rustc's last words, "aborting due to 2 previous errors" and "3 warnings emitted".
                let summary = rendered.contains("aborting due to") || rendered.contains("emitted");
                if !summary {
                    let own = Path::new(&manifest_path) == package.manifest;
                    self.diagnostics.push(Diagnostic {
                        level,
                        rendered,
                        own,
                    });
                }
            }
            Message::Artifact {
                manifest_path,
                target,
                executable: Some(path),
            } => {
                let is = |wanted: &str| target.kind.iter().any(|kind| kind == wanted);
                let example = is("example");
                if Path::new(&manifest_path) == package.manifest && (example || is("bin")) {
                    self.programs.push(Program {
                        name: target.name.clone(),
                        example,
                        path: path.clone().into(),
                    });
                }
                let test = is("test");
                if let (true, Some(target)) = (test, named(&target.name)) {
                    let package_dir = Path::new(&manifest_path)
                        .parent()
                        .unwrap_or(Path::new("/"))
                        .to_path_buf();
                    self.binaries.push(Binary {
                        target,
                        path: path.into(),
                        package_dir,
                    });
                }
            }
            Message::Artifact {
                executable: None, ..
            }
            | Message::Other => {}
        }
    }

    pub(super) fn words(&mut self, text: &str) -> Option<BuildEvent> {
        let line = text.trim();
        if let Some(lock) = line.strip_prefix("Blocking ") {
            return Some(BuildEvent::Waiting(lock.to_owned()));
        }
        if let Some(bar) = line.strip_prefix("Building [") {
            return progress(bar);
        }
        if !line.is_empty() {
            self.words.push(text.trim_end().to_owned());
        }
        None
    }

    pub(super) fn finish(mut self, success: bool) -> Result<Built, BuildError> {
        if !success {
            let errors: Vec<_> = self
                .diagnostics
                .into_iter()
                .filter(|d| d.level == Level::Error)
                .collect();
            return Err(if errors.is_empty() {
                BuildError::Cargo(tail(&self.words))
            } else {
                BuildError::DoesNotCompile(errors)
            });
        }
        self.binaries.sort_by_key(|binary| binary.target);
        Ok(Built {
            binaries: self.binaries,
            programs: self.programs,
            warnings: self.diagnostics.into_iter().filter(|d| d.own).collect(),
        })
    }
}

/// The target of the suite that has this name.
fn named(name: &str) -> Option<Target> {
    Target::ALL
        .into_iter()
        .find(|target| target.as_str() == name)
}

/// `===>   ] 12/200: redis, tokio` as numbers.
fn progress(bar: &str) -> Option<BuildEvent> {
    let (_, counts) = bar.split_once("] ")?;
    let (done, rest) = counts.split_once('/')?;
    let (total, now) = rest.split_once(": ").unwrap_or((rest, ""));
    Some(BuildEvent::Progress {
        done: done.trim().parse().ok()?,
        total: total.trim().parse().ok()?,
        now: now.trim().to_owned(),
    })
}

/// From cargo's first `error` on, or its last words.
fn tail(words: &[String]) -> String {
    let from = words
        .iter()
        .position(|line| line.starts_with("error"))
        .unwrap_or(words.len().saturating_sub(20));
    words[from..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_bar_becomes_numbers() {
        let bar = "==================>          ] 2/3: p(test)     ";
        let want = BuildEvent::Progress {
            done: 2,
            total: 3,
            now: "p(test)".into(),
        };
        assert_eq!(progress(bar), Some(want));
        assert_eq!(progress("====> ] soon"), None);
    }

    #[test]
    fn a_wait_for_a_lock_is_an_event() {
        let event =
            Gathered::default().words("    Blocking waiting for file lock on build directory");
        assert_eq!(
            event,
            Some(BuildEvent::Waiting(
                "waiting for file lock on build directory".into()
            ))
        );
    }

    #[test]
    fn cargos_refusal_is_told_from_its_first_error() {
        let words = [
            "   Compiling a".to_owned(),
            "error: no such package".to_owned(),
            "  help".to_owned(),
        ];
        assert_eq!(tail(&words), "error: no such package\n  help");
    }
}
