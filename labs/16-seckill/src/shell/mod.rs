//! The sale on real servers: Redis holds the stock and the claims, Kafka carries the orders, MySQL is the ledger.
//!
//! Who is believed, when they disagree: the ledger. Redis is fast and may forget (a power cut, a fail-over); Kafka repeats
//! itself; a process dies between any two lines. So Redis reserves, the ledger sells, and [`reconciler`] makes the first agree
//! with the second. Everything that is done twice here is done under an order's id and counts once.
//!
//! **What Redis must be set to.** `appendonly yes`: without it a restart is an empty Redis, the sale stands still, and
//! [`reconciler::Reconciler::repair`] lays it out again from the ledger. `appendfsync everysec` is enough: a power cut then forgets up to
//! about two seconds of claims and returns; the orders among them are in the ledger, which takes no unit twice, and `repair` writes
//! their claims again (`stage5::inv1_a_power_cut_under_everysec_is_repaired_from_the_ledger` shows the loss and the mend). A
//! buyer is answered after Kafka has acknowledged the order, so what is lost for good is a claim whose publish had failed or was still
//! under way. `appendfsync always` closes that too, for an fsync before each answer; a fail-over to a replica that lags opens it
//! again, and [`stock::Stock::with_replicas`] narrows it. `maxmemory-policy noeviction`: an evicted bucket is a lost one.

pub mod audit;
pub mod clock;
pub mod config;
pub mod conn;
pub mod consumer;
pub mod error;
pub mod http;
pub mod keys;
pub mod ledger;
pub mod limiter;
pub mod orders;
pub mod reconciler;
pub mod returns;
pub mod service;
pub mod spill;
pub mod stock;
