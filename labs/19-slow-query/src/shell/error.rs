//! What can go wrong with servers and files.
//!
//! A message of a server about a statement repeats parts of it, so it is never shown: [`Error::untried`] keeps its number. Messages about a
//! connection hold no statement, and are.

use std::time::Duration;

use crate::core::verdict::Untried;

/// A failure of the shell.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none.
    #[error("{which}: not an address like mysql://user:password@host:3306/schema")]
    Dsn {
        /// The option that gave it. The address itself may hold a password.
        which: &'static str,
    },
    /// No connection.
    #[error("{which}: {cause}")]
    Connect {
        /// The option that gave the address.
        which: &'static str,
        /// Why. It is in this error's words, and so it is no source of it: whoever prints a chain would print it twice.
        cause: sqlx::Error,
    },
    /// The scratch server is the one that is analysed.
    #[error("{address} is the server that is analysed: nothing is tried there")]
    SameServer {
        /// The scratch server's address.
        address: String,
    },
    /// What is done on the scratch server would be sent to its replicas, and the analysed server may be one.
    #[error("the scratch server writes a binary log and does not let this session out of it")]
    Replicates,
    /// Their plans say nothing of each other.
    #[error("the scratch server is {scratch} and the analysed one {analysed}")]
    OtherFlavour {
        /// What the scratch server is.
        scratch: String,
        /// What the analysed one is.
        analysed: String,
    },
    /// A table that cannot be copied: of another engine, or with a directory of its own.
    #[error("a table that is not copied")]
    NotCopied,
    /// Something ended the work before it was done.
    #[error("interrupted")]
    Interrupted,
    /// A statement did not end in time.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// A server refused a statement, or did not answer.
    #[error("{}", said(.0))]
    Sql(sqlx::Error),
}

/// Not by thiserror: that would make it the source, and a chain that is printed would repeat the server's words.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

impl Error {
    /// The number of the server's error.
    #[must_use]
    pub fn number(&self) -> Option<u16> {
        match self {
            Self::Sql(error) | Self::Connect { cause: error, .. } => number(error),
            Self::Dsn { .. }
            | Self::SameServer { .. }
            | Self::Replicates
            | Self::OtherFlavour { .. }
            | Self::NotCopied
            | Self::Interrupted
            | Self::TimedOut(_) => None,
        }
    }

    /// Whether there is no sense in going on: what was given is the wrong server, or somebody has had enough.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Dsn { .. }
            | Self::SameServer { .. }
            | Self::Replicates
            | Self::OtherFlavour { .. }
            | Self::Interrupted => true,
            Self::Connect { .. } | Self::NotCopied | Self::TimedOut(_) | Self::Sql(_) => false,
        }
    }

    /// As the reason why something was not tried. `limit` is the time-out that was set.
    #[must_use]
    pub fn untried(&self, limit: Duration) -> Untried {
        let timed_out = || Untried::TimedOut {
            limit_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
        };
        match (self, self.number()) {
            (Self::TimedOut(_), _) => timed_out(),
            // MySQL's query time-out, MariaDB's, an interruption, and a wait for a lock of a table or a row.
            (_, Some(3024 | 1969 | 1317 | 1205)) => timed_out(),
            (_, number) => Untried::Server { number },
        }
    }
}

fn number(error: &sqlx::Error) -> Option<u16> {
    let error = error.as_database_error()?;
    let error = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()?;
    Some(error.number())
}

/// A server's words about a statement, without the statement.
fn said(error: &sqlx::Error) -> String {
    match number(error) {
        Some(number) => format!("the server refused a statement (error {number})"),
        None if error.as_database_error().is_some() => "the server refused a statement".to_owned(),
        None => error.to_string(),
    }
}
