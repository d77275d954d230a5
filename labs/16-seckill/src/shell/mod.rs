//! The sale on real servers: Redis holds the stock and the claims, Kafka carries the orders, MySQL is the ledger.
//!
//! Who is believed, when they disagree: the ledger. Redis is fast and may forget (a power cut, a fail-over); Kafka repeats
//! itself; a process dies between any two lines. So Redis reserves, the ledger sells, and [`reconciler`] makes the first agree
//! with the second. Everything that is done twice here is done under an order's id and counts once.

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
