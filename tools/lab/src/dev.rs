//! `cargo lab dev`: what an author of a lab needs.

mod check;
pub mod export;

use crate::exit::Exit;
use crate::names;
use crate::proof::{self, Report};
use crate::shadow::Shadow;

/// What an author asks for.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Write labs/ again from the references
    Export {
        /// The labs; without one, all of them
        labs: Vec<String>,
        /// Only say what has drifted
        #[arg(long)]
        check: bool,
    },
    /// Prove that every test of a stage fails at its `todo!` while the stage is open
    Skeleton {
        /// The lab
        lab: Option<String>,
        /// Only this stage
        #[arg(long, value_name = "N")]
        stage: Option<u32>,
    },
    /// Prove that the named tests kill the broken designs
    Broken {
        /// The lab
        lab: Option<String>,
        /// The designs; without one, all of them
        designs: Vec<String>,
    },
    /// Mutate the core and list what no test notices
    Mutants {
        /// The lab
        lab: Option<String>,
        /// Only what changed since this commit
        #[arg(long, value_name = "REV")]
        since: Option<String>,
        /// Install cargo-mutants if it is missing
        #[arg(long)]
        install: bool,
    },
    /// List the labs that something since a commit reaches: those that `verify --since` gives every proof
    Changed {
        /// A commit, or a file that names one
        #[arg(long, value_name = "REV")]
        since: String,
    },
    /// The one gate: format, lints, docs, contracts, drift, licences
    Check {
        /// Install cargo-deny if it is missing
        #[arg(long)]
        install: bool,
    },
}

/// Runs it.
///
/// # Errors
/// The question was wrong, or the machine lacks something; what does not hold is in the exit code.
pub fn run(command: &Command) -> anyhow::Result<Exit> {
    let workspace = names::workspace()?;
    let mut report = Report::new(None);
    match command {
        Command::Export { labs, check } => {
            let labs = match labs.as_slice() {
                [] => names::labs(&workspace)?,
                named => named
                    .iter()
                    .map(|name| names::lab(&workspace, Some(name)))
                    .collect::<Result<_, _>>()?,
            };
            for lab in &labs {
                export::run(lab, *check, &mut report);
            }
        }
        Command::Skeleton { lab, stage } => {
            let lab = names::lab(&workspace, lab.as_deref())?;
            if let Some(stage) = stage {
                names::stage(&lab, *stage)?;
            }
            proof::skeleton::prove(&lab, &Shadow::open(&lab)?, *stage, &mut report)?;
        }
        Command::Broken { lab, designs } => {
            let lab = names::lab(&workspace, lab.as_deref())?;
            for design in designs {
                names::design(&lab, design)?;
            }
            proof::broken::prove(&lab, &Shadow::open(&lab)?, designs, &mut report)?;
        }
        Command::Mutants {
            lab,
            since,
            install,
        } => {
            let lab = names::lab(&workspace, lab.as_deref())?;
            proof::mutants::prove(&lab, since.as_deref(), *install, &mut report)?;
        }
        Command::Changed { since } => {
            for id in crate::verify::changed(&workspace, since)? {
                println!("{id}");
            }
        }
        Command::Check { install } => check::run(&workspace, *install, &mut report)?,
    }
    Ok(report.exit())
}
