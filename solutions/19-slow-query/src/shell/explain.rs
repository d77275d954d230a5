//! Asks a server for the plan of a statement that may be asked about.

use super::error::Error;
use super::server::Session;
use crate::core::plan::Plan;
use crate::core::runnable::Runnable;
use crate::core::verdict::Untried;

/// The server's plan of `runnable`, in its session's schema.
///
/// # Errors
/// The reason why there is none: the server refused, did not answer in time, or said what is not understood.
pub async fn explain(session: &mut Session, runnable: &Runnable) -> Result<Plan, Untried> {
    let limit = session.server().limit();
    let json = json(session, runnable)
        .await
        .map_err(|error| error.untried(limit))?;
    crate::core::plan::parse(&json).map_err(|_| Untried::PlanNotUnderstood)
}

async fn json(session: &mut Session, runnable: &Runnable) -> Result<String, Error> {
    let sql = format!("EXPLAIN FORMAT=JSON {}", runnable.sql());
    let rows = session.texts(&sql, &[]).await?;
    let first = rows
        .into_iter()
        .next()
        .and_then(|row| row.into_iter().next());
    Ok(first.flatten().unwrap_or_default())
}
