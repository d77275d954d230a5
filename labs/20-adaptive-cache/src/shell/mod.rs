//! What talks to Redis and to whoever loads: [`cache::AdaptiveCache`] over a [`loader::Loader`].

pub mod cache;
pub mod clock;
pub mod config;
pub mod conn;
pub mod error;
mod flight;
pub mod loader;
mod memory;
pub mod stats;
mod store;
mod warming;
