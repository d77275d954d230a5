//! The decisions of a cache, and nothing else: no clock, no client, no randomness of its own.
//!
//! A moment is a `Duration` since an origin that the caller keeps, and the only seed is that of the hash. So each decision can be tested
//! at any moment, and comes out the same every time.

pub mod cache;
pub mod capacity;
pub mod class;
pub mod climber;
pub mod dirty;
pub mod expiry;
pub mod hash;
pub mod heavy;
pub mod limits;
pub mod list;
pub mod pacer;
pub mod place;
pub mod settings;
pub mod shadow;
pub mod sketch;
pub mod slab;
pub mod value;
pub mod warm;
