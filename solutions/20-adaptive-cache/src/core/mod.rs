//! The decisions of a cache, and nothing else: no clock, no client, no randomness of its own.

pub mod class;
pub mod heavy;
pub mod pacer;
pub mod place;
pub mod settings;
pub mod value;
pub mod warm;
