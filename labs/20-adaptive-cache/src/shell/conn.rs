//! A connection to Redis that answers or fails within a time, and comes back by itself.
//!
//! It connects when it is first asked, so that a process starts while Redis is down. A command that was under way when the connection broke
//! fails and is not sent again: it may have run. A time-out leaves the connection as it is, so that what was sent on it stays in its order; a server
//! that is gone without a word is noticed when the kernel gives up.
//!
//! One thing redis 1.8's manager does not do by itself: if a *reconnection* dies in the middle of an answer, it keeps that error (it
//! connects again after I/O errors only, and half an answer is an error of the parser's) and gives it to every command, for
//! ever, while Redis has long been back. So such an error gets the manager replaced.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult, Value};

use super::error::Error;

/// A multiplexed connection; a clone shares it.
#[derive(Clone)]
pub struct Conn(Arc<Managed>);

struct Managed {
    /// None: the manager is somebody else's, and is not replaced.
    client: Option<Client>,
    answer_within: Duration,
    /// How many came before it, and the manager: who finds it stuck replaces that one and no later one.
    current: Mutex<(u64, ConnectionManager)>,
}

impl Conn {
    /// To the server at `url`, `redis://host:port`; connects later.
    ///
    /// # Errors
    /// The URL is malformed.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new(url: &str, answer_within: Duration) -> RedisResult<Self> {
        let client = Client::open(url)?;
        let manager =
            ConnectionManager::new_lazy_with_config(client.clone(), settings(answer_within))?;
        Ok(Self::managed(Some(client), manager, answer_within))
    }

    /// Over a manager that others use as well.
    #[must_use]
    pub fn over(manager: ConnectionManager, answer_within: Duration) -> Self {
        Self::managed(None, manager, answer_within)
    }

    fn managed(
        client: Option<Client>,
        manager: ConnectionManager,
        answer_within: Duration,
    ) -> Self {
        Self(Arc::new(Managed {
            client,
            answer_within,
            current: Mutex::new((0, manager)),
        }))
    }

    /// Sends `cmd` and waits for its answer.
    ///
    /// # Errors
    /// [`Error::Redis`] and [`Error::RedisTimedOut`]; it may have run all the same.
    pub async fn ask<T: FromRedisValue>(&self, cmd: &Cmd) -> Result<T, Error> {
        let (number, mut manager) = self.0.current().clone();
        let within = self.0.answer_within;
        // The manager has a time-out for the answer and one for the connection; this one is for both.
        let answer = tokio::time::timeout(within, manager.send_packed_command(cmd)).await;
        let answer = match answer {
            Ok(Err(error)) if error.is_timeout() => Err(Error::RedisTimedOut(within)),
            Ok(answer) => {
                self.0.unstick(number, &answer);
                Ok(answer?.extract_error()?)
            }
            Err(_) => Err(Error::RedisTimedOut(within)),
        };
        Ok(T::from_redis_value(answer?).map_err(RedisError::from)?)
    }
}

fn settings(answer_within: Duration) -> ConnectionManagerConfig {
    ConnectionManagerConfig::new()
        .set_response_timeout(Some(answer_within))
        .set_connection_timeout(Some(answer_within))
        // A request that finds Redis gone fails at once: the loader answers it.
        .set_number_of_retries(1)
        .set_max_delay(Duration::from_millis(50))
}

impl Managed {
    /// Nothing that is done under this lock can panic half-way.
    fn current(&self) -> MutexGuard<'_, (u64, ConnectionManager)> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes another manager in the place of the `number`th, if `answer` is an error that it would keep.
    fn unstick(&self, number: u64, answer: &RedisResult<Value>) {
        let Err(error) = answer else { return };
        if !may_be_kept(error) {
            return;
        }
        let mut current = self.current();
        if current.0 == number
            && let Some(client) = &self.client
            && let Ok(fresh) = ConnectionManager::new_lazy_with_config(
                client.clone(),
                settings(self.answer_within),
            )
        {
            *current = (number + 1, fresh);
        }
    }
}

/// Whether a manager would give this error again instead of connecting again.
fn may_be_kept(error: &RedisError) -> bool {
    let redis_said_so = matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension);
    !redis_said_so && !error.is_io_error()
}
