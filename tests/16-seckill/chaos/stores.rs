//! Looks into the stores, as a record: what Redis and the ledger hold at a moment.
//!
//! Both are asked straight, past every proxy, several times a second and twice more when all is quiet. A look that fails (the
//! server is dead) leaves no record: not knowing is not a finding.

use std::collections::BTreeMap;

use chaos::Recorder;
use seckill::core::claim::ClaimState;
use seckill::shell::audit::BucketAudit;
use seckill::shell::stock::Stock;
use serde_json::{Value, json};
use sqlx::{MySqlPool, Row};

/// What a drained sale looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Units on the shelves, less those that are out twice.
    pub shelf: i64,
    /// Claims in Redis.
    pub claims: i64,
    /// Orders that are waiting to be paid for.
    pub placed: i64,
    /// Orders that are paid for.
    pub paid: i64,
}

/// Where to look.
pub struct Stores {
    stock: Stock,
    mysql: MySqlPool,
}

impl Stores {
    /// Looks into these.
    pub fn new(stock: Stock, mysql: MySqlPool) -> Self {
        Self { stock, mysql }
    }

    /// Counts, a few times a second.
    pub async fn glance(&self, recorder: &Recorder) {
        let began = recorder.now_us();
        if let Ok(audit) = self.stock.audit().await {
            recorder.seen(
                began,
                "redis",
                json!({"buckets": audit.iter().map(counts).collect::<Vec<_>>()}),
            );
        }
        let began = recorder.now_us();
        if let Ok(statuses) = self.statuses().await {
            recorder.seen(began, "ledger", json!(statuses));
        }
    }

    /// Everything, when all is quiet; `what` tells the looks apart.
    pub async fn stare(&self, recorder: &Recorder, what: &str) -> crate::run::Result<()> {
        let began = recorder.now_us();
        let audit = self.stock.audit().await?;
        let claims: BTreeMap<String, String> = audit
            .iter()
            .flat_map(|bucket| &bucket.claims)
            .map(|(buyer, claim)| (claim.order.to_string(), buyer.to_string()))
            .collect();
        let rows = sqlx::query(
            "SELECT order_id, buyer_id, status, reserved_at_ms, pay_by_ms, unit_returned FROM orders ORDER BY order_id",
        )
        .fetch_all(&self.mysql)
        .await?;
        let mut orders = Vec::with_capacity(rows.len());
        for row in &rows {
            orders.push(json!({
                "order": row.try_get::<String, _>("order_id")?,
                "buyer": row.try_get::<u64, _>("buyer_id")?,
                "status": row.try_get::<String, _>("status")?,
                "reserved_at_ms": row.try_get::<u64, _>("reserved_at_ms")?,
                "pay_by_ms": row.try_get::<u64, _>("pay_by_ms")?,
            }));
        }
        let buckets: Vec<Value> = audit.iter().map(counts).collect();
        recorder.seen(
            began,
            what,
            json!({"buckets": buckets, "claims": claims, "orders": orders}),
        );
        Ok(())
    }

    /// Where all of it stands; `None` while a server does not answer.
    pub async fn sum(&self) -> Option<Sum> {
        let audit = self.stock.audit().await.ok()?;
        let statuses = self.statuses().await.ok()?;
        let of = |status: &str| statuses.get(status).copied().unwrap_or(0);
        Some(Sum {
            shelf: audit.iter().map(|bucket| bucket.stock - bucket.debt).sum(),
            claims: audit.iter().map(|bucket| bucket.claims.len() as i64).sum(),
            placed: of("placed"),
            paid: of("paid"),
        })
    }

    async fn statuses(&self) -> sqlx::Result<BTreeMap<String, i64>> {
        let rows = sqlx::query("SELECT status, COUNT(*) FROM orders GROUP BY status")
            .fetch_all(&self.mysql)
            .await?;
        let mut statuses: BTreeMap<String, i64> = rows
            .iter()
            .map(|row| Ok((row.try_get::<String, _>(0)?, row.try_get::<i64, _>(1)?)))
            .collect::<sqlx::Result<_>>()?;
        let sold = sqlx::query("SELECT sold FROM sales")
            .fetch_one(&self.mysql)
            .await?;
        statuses.insert("sold".to_owned(), i64::from(sold.try_get::<u32, _>(0)?));
        Ok(statuses)
    }
}

fn counts(bucket: &BucketAudit) -> Value {
    let seeking = bucket
        .claims
        .values()
        .filter(|claim| claim.state == ClaimState::Seeking)
        .count();
    json!({
        "state": bucket.state,
        "stock": bucket.stock,
        "debt": bucket.debt,
        "epoch": bucket.epoch,
        "claims": bucket.claims.len(),
        "seeking": seeking,
        "loans": bucket.loans.len(),
        "balance": bucket.balance(),
    })
}
