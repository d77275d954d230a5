//! One module per question; this file hands over.

mod begin;
mod bench;
mod break_design;
mod chaos;
mod doctor;
mod down;
mod reset;
mod serve;
mod solution;
mod test;
pub mod up;
mod watch;

use std::path::Path;

use anyhow::Context as _;
use contract::{Lab, Workspace};

use crate::cli::Command;
use crate::exit::Exit;
use crate::names;
use crate::page::Page;
use crate::progress::Store;

/// What most answers need.
#[derive(Debug)]
struct Context {
    page: Page,
    workspace: Workspace,
    store: Store,
}

impl Context {
    fn here() -> anyhow::Result<Context> {
        let workspace = names::workspace()?;
        let store = Store::of(workspace.root());
        Ok(Context {
            page: Page::stdout(),
            workspace,
            store,
        })
    }

    fn root(&self) -> &Path {
        self.workspace.root()
    }

    fn lab(&self, name: Option<&str>) -> anyhow::Result<Lab> {
        names::lab(&self.workspace, name)
    }

    /// The lab's first page in the book, relative to the root, if it has been written.
    fn chapter(&self, lab: &Lab) -> Option<String> {
        let dir = format!("book/src/{}", lab.folder());
        ["index.md", "README.md"]
            .iter()
            .map(|page| format!("{dir}/{page}"))
            .find(|path| self.root().join(path).exists())
    }

    /// The page that says, stage by stage, what to write: the chapter's own, if it is not in parts.
    fn instructions(&self, lab: &Lab) -> Option<String> {
        let page = format!("book/src/{}/lab.md", lab.folder());
        if self.root().join(&page).exists() {
            Some(page)
        } else {
            self.chapter(lab)
        }
    }
}

/// Answers the question.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => begin::list(&Context::here()?, args.json),
        Command::Status(args) => begin::status(&Context::here()?, args.json),
        Command::Start { lab } => begin::start(&Context::here()?, lab.as_deref()),
        Command::Hint(args) => begin::hint(&Context::here()?, &args),
        Command::Test(args) => test::test(&Context::here()?, &args),
        Command::Watch(args) => watch::watch(&Context::here()?, &args),
        Command::Break { names } => break_design::run(&Context::here()?, &names),
        Command::Bench(args) => bench::run(&Context::here()?, &args),
        Command::Chaos(args) => chaos::run(&Context::here()?, &args),
        Command::Solution(args) => solution::run(&Context::here()?, &args),
        Command::Reset(args) => reset::run(&Context::here()?, &args),
        Command::Serve(args) => serve::run(&Context::here()?, &args),
        Command::Up { install } => up::run(&Context::here()?, install),
        Command::Down => down::run(&Context::here()?),
        Command::Doctor(args) => doctor::run(&Context::here()?, args.json),
        Command::Verify(args) => crate::verify::run(&args),
        Command::Dev(command) => crate::dev::run(&command),
    }
}

/// One JSON document on stdout.
fn print_json(value: &serde_json::Value) -> anyhow::Result<()> {
    println!(
        "{}",
        serde_json::to_string_pretty(value).context("JSON of our own")?
    );
    Ok(())
}
