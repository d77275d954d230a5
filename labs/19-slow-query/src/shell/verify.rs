//! Tries advice on the scratch server, one piece at a time, and leaves the schema as it was.
//!
//! Each trial changes one thing, asks what it changed, and changes it back, whatever came of it: an index that is left behind would be credited to
//! the next advice. The statistics are taken anew after each change, or the optimiser would decide by those of a table without the index.

use super::error::Error;
use super::explain::explain;
use super::run::{Answer, run};
use super::scratch::{Scratch, execute};
use super::server::Session;
use crate::core::ddl;
use crate::core::plan::Plan;
use crate::core::rows;
use crate::core::runnable::Runnable;
use crate::core::schema::Index;
use crate::core::verdict::{
    Trial, Tried, Untried, Verdict, judge_drop, judge_index, judge_rewrite,
};

use std::collections::BTreeSet;

use sqlx::Connection as _;

/// The name under which an advised index is made: no index of the table has it, or the trial would end with an error.
const TRIAL: &str = "slow_query_trial";

/// A statement that was explained and then run.
#[derive(Debug, Clone)]
pub struct Look {
    /// Its plan on the scratch server.
    pub plan: Plan,
    /// Its run.
    pub answer: Answer,
}

/// Tries things in one scratch schema.
#[derive(Debug)]
pub struct Verifier<'a> {
    scratch: &'a Scratch,
    reader: Session,
    /// Tables of which a change failed: on the way there or back, before it or in its middle. No trial is made on them any more.
    spoiled: BTreeSet<String>,
}

impl<'a> Verifier<'a> {
    /// Of `scratch`, once its tables have been copied.
    ///
    /// # Errors
    /// When the scratch server refuses a session.
    pub async fn new(scratch: &'a Scratch) -> Result<Self, Error> {
        let reader = scratch.session().await?;
        Ok(Self {
            scratch,
            reader,
            spoiled: BTreeSet::new(),
        })
    }

    /// Ends its session.
    pub async fn close(self) {
        self.reader.close().await;
    }

    /// Whether an index on `table` makes `statement` read less. The index is gone afterwards.
    pub async fn try_index(&mut self, statement: &Runnable, table: &str, index: &Index) -> Tried {
        // ANCHOR: stage5_try_index
        todo!("stage 5: try index")
        // ANCHOR_END: stage5_try_index
    }

    /// Whether any of `statements` reads more without an index of `table`: those of the log that use the table, by their classes. The index
    /// is there again afterwards.
    pub async fn try_drop(
        &mut self,
        statements: &[(String, Result<Runnable, Untried>)],
        table: &str,
        index: &Index,
    ) -> Tried {
        // ANCHOR: stage5_try_drop
        todo!("stage 5: try drop")
        // ANCHOR_END: stage5_try_drop
    }

    /// Whether `rewritten` returns the rows of `original` and reads less. `ordered`: in the same order.
    pub async fn try_rewrite(
        &mut self,
        original: &Runnable,
        rewritten: &Runnable,
        ordered: bool,
    ) -> Tried {
        // ANCHOR: stage5_try_rewrite
        todo!("stage 5: try rewrite")
        // ANCHOR_END: stage5_try_rewrite
    }

    /// As [`Verifier::try_rewrite`], where both have an index that is not there yet: what a function hid from an index, no index may have
    /// been made for.
    pub async fn try_rewrite_with(
        &mut self,
        (original, rewritten): (&Runnable, &Runnable),
        ordered: bool,
        table: &str,
        index: &Index,
    ) -> Tried {
        let Some(add) = ddl::add_index(table, index, TRIAL) else {
            return Tried::untried(Untried::Expression);
        };
        if let Err(why) = self.change(table, &add).await {
            return Tried::untried(why);
        }
        let tried = self.try_rewrite(original, rewritten, ordered).await;
        match self.change(table, &ddl::drop_index(table, TRIAL)).await {
            Ok(()) => Tried {
                with: ddl::add_index(table, index, &index.name),
                ..tried
            },
            Err(why) => Tried::untried(why),
        }
    }

    /// Explains a statement and runs it. The tables are open then, and what is counted is the statement's own.
    ///
    /// # Errors
    /// The reason why it could not be run.
    pub async fn look(&mut self, statement: &Runnable) -> Result<Look, Untried> {
        if !statement.tables().is_subset(self.scratch.tables()) {
            return Err(Untried::NoSample);
        }
        if !statement.tables().is_disjoint(&self.spoiled) {
            return Err(Untried::Spoiled);
        }
        let plan = explain(&mut self.reader, statement).await?;
        let answer = run(&mut self.reader, statement).await?;
        Ok(Look { plan, answer })
    }

    /// Changes a table of the scratch schema, and takes its statistics anew. If that fails, the table may be as it was, or changed, or still
    /// be changing on the server: nothing that reads it is tried afterwards.
    ///
    /// # Errors
    /// The reason why it could not be changed.
    pub async fn change(&mut self, table: &str, alter: &str) -> Result<(), Untried> {
        let limit = self.scratch.server().limit();
        let changed = async {
            let mut maker = self.scratch.maker().await?;
            execute(&mut maker, alter, limit).await?;
            execute(
                &mut maker,
                &format!("ANALYZE TABLE {}", ddl::quote(table)),
                limit,
            )
            .await?;
            maker.close().await?;
            Ok::<(), Error>(())
        };
        let changed = changed.await;
        if changed.is_err() {
            self.spoiled.insert(table.to_owned());
        }
        changed.map_err(|error| error.untried(limit))
    }
}

/// Tried, and judged by the runs.
fn compared(before: Look, after: Look, judge: impl FnOnce(&Trial) -> Verdict) -> Tried {
    let trial = trial(&before, &after);
    Tried {
        trial: Some(trial),
        plans: Some((before.plan, after.plan)),
        ..Tried::new(judge(&trial))
    }
}

fn trial(before: &Look, after: &Look) -> Trial {
    Trial {
        before: before.answer.run,
        after: after.answer.run,
    }
}
