//! Sends only what reads, and leaves the session able to write: until a statement of the log calls a function that does.
// ANCHOR: stage5_read_only
let set = match flavour {
    Flavour::MySql => format!("SET SESSION max_execution_time = {}", limit.as_millis().max(1)),
    Flavour::MariaDb => format!("SET SESSION max_statement_time = {}", limit.as_secs_f64()),
};
sqlx::query(AssertSqlSafe(set)).execute(connection).await?;
Ok(())
// ANCHOR_END: stage5_read_only
