//! Where values come from: the source of truth that the cache protects.

use std::future::Future;

use super::error::LoadError;
use crate::core::value::Value;

/// Loads what is not cached. It is called at most once at a time for a key, from a task of its own, and dropped when its time is over.
pub trait Loader: Send + Sync + 'static {
    /// The value of `key`; [`Value::Absent`] if there is none, which is an answer and no failure.
    ///
    /// # Errors
    /// [`LoadError`], which everybody gets who waits for this load. Nothing is kept, so the next call loads again.
    fn load(&self, key: &str) -> impl Future<Output = Result<Value, LoadError>> + Send;
}

impl<F, Fut> Loader for F
where
    F: Fn(String) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Value, LoadError>> + Send,
{
    async fn load(&self, key: &str) -> Result<Value, LoadError> {
        self(key.to_owned()).await
    }
}
