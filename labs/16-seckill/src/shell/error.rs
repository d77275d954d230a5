//! What can go wrong with the servers. What a sale answers (sold out, too many requests) is no error: those are values.

use crate::core::claim::Malformed;

/// A failure of a server, or of what it said.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Redis did not answer, or refused. What was asked for may have happened.
    #[error("redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// A claim or a loan that the scripts cannot have written.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A script answered something that this build does not know.
    #[error("script {script} answered {reply:?}, which this build does not know")]
    Reply {
        /// The script.
        script: &'static str,
        /// Its answer.
        reply: Vec<String>,
    },
    /// The claim is on the primary, and on fewer replicas than were asked for: a fail-over now could forget it.
    #[error("the claim reached {acked} of {wanted} replicas in time")]
    NotReplicated {
        /// How many were asked for.
        wanted: usize,
        /// How many have it.
        acked: usize,
    },
    /// MySQL did not answer, or refused.
    #[error("ledger: {0}")]
    Ledger(#[from] sqlx::Error),
    /// The ledger holds something that this build does not know.
    #[error("ledger: {what} is {value:?}, which this build does not know")]
    LedgerValue {
        /// The column.
        what: &'static str,
        /// What it holds.
        value: String,
    },
    /// Kafka could not be reached or configured.
    #[error("kafka: {0}")]
    Kafka(#[from] rdkafka::error::KafkaError),
}

impl Error {
    /// Whether the same call may succeed later. The calls of this crate may all be repeated: they count once.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            // A server that loads, fails over or moves its slots says so, and says when to come back.
            Self::Redis(error) => {
                error.is_io_error()
                    || error.is_timeout()
                    || error.is_cluster_error()
                    || !matches!(error.retry_method(), redis::RetryMethod::NoRetry)
            }
            Self::NotReplicated { .. } => true,
            Self::Ledger(error) => matches!(
                error,
                sqlx::Error::Io(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::Protocol(_)
                    | sqlx::Error::Database(_)
            ),
            Self::Kafka(_) => true,
            Self::Malformed(_) | Self::Reply { .. } | Self::LedgerValue { .. } => false,
        }
    }
}
