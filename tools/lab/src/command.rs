//! One module per question; this file only hands over.

use crate::cli::Command;
use crate::exit::{Exit, Stop};

/// Answers the question.
pub fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Verify(args) => crate::verify::run(&args),
        Command::Dev(command) => crate::dev::run(&command),
        Command::List(_)
        | Command::Start { .. }
        | Command::Test(_)
        | Command::Watch(_)
        | Command::Hint(_)
        | Command::Break { .. }
        | Command::Solution(_)
        | Command::Reset(_)
        | Command::Status(_)
        | Command::Up { .. }
        | Command::Down
        | Command::Doctor(_) => Err(Stop::usage("nothing here yet")),
    }
}
