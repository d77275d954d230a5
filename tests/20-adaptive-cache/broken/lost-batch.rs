//! A batch that failed is logged, and the report knows nothing of it.
// ANCHOR: stage5_warm_up
let plan = self.0.config.warm_up.plan(wanted);
let mut report = Report::new(plan.left_out);
for batch in plan.batches {
    let missing = match self.0.store.have(&batch).await {
        Ok(have) => missing(batch, &have, &mut report),
        Err(error) => {
            tracing::warn!(%error, "a batch was not warmed up");
            continue;
        }
    };
    if missing.is_empty() {
        continue;
    }
    self.0.pace(missing.len()).await;
    for (key, warmed) in self.0.warm(missing).await {
        report.add(key, warmed);
    }
}
report
// ANCHOR_END: stage5_warm_up
