//! What the command's exit codes mean, and the error that carries one.
//!
//! Scripts and CI branch on these, so a code is decided where the error is made and never guessed from
//! its text. An `anyhow::Error` without a [`Stop`] in it is something that the machine did not give us
//! (a file, a process): environment.

use std::fmt;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for is so.
    Ok,
    /// A test failed, the code does not compile, or a check found something.
    Failed,
    /// The question was wrong: an unknown lab, stage or design, or one that is not allowed yet.
    Usage,
    /// Something that the command needs is missing: a service, cargo, a readable file.
    Environment,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Ok => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Environment => 3,
        }
    }

    /// The code that an error asks for.
    pub fn of(error: &anyhow::Error) -> Exit {
        error
            .downcast_ref::<Stop>()
            .map_or(Exit::Environment, |stop| stop.exit)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// An error that knows its exit code. Its message is whole sentences: what is wrong, and what to do.
#[derive(Debug)]
pub struct Stop {
    exit: Exit,
    message: String,
}

impl Stop {
    /// The question was wrong.
    pub fn usage(message: impl Into<String>) -> anyhow::Error {
        Stop {
            exit: Exit::Usage,
            message: message.into(),
        }
        .into()
    }

    /// Something is missing on this machine.
    pub fn environment(message: impl Into<String>) -> anyhow::Error {
        Stop {
            exit: Exit::Environment,
            message: message.into(),
        }
        .into()
    }

    /// What was to be shown does not hold.
    pub fn failed(message: impl Into<String>) -> anyhow::Error {
        Stop {
            exit: Exit::Failed,
            message: message.into(),
        }
        .into()
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Stop {}
