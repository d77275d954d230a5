//! Traces of keys: generated, read from files, and what LRU and OPT make of them.
//!
//! A hit ratio means nothing alone: 40 % is poor where 80 % could be had, and a miracle in a scan. So each is set between two others of the
//! same trace and capacity: [`lru`], which everybody has, and [`opt`], which knows the future and which nobody can beat ([`score`]).
//!
//! Nothing here has a policy of its own, and nothing knows the cache that is measured: whoever measures replays a [`Trace`], asks for each
//! access in turn, and inserts what was missing. A generated trace is given by a [`Load`] and a seed, so it is the same on every machine; one
//! from a file ([`read`]) is read in a stream and to a bound, because what somebody else wrote may have any length.

mod access;
mod format;
mod generate;
mod lru;
mod mix;
mod opt;
mod packing;
mod read;
mod recency;
mod score;
mod zipf;

pub use access::{Access, Hits, Trace};
pub use format::{Format, UnknownFormat};
pub use generate::{Generator, Load, LoadError};
pub use lru::lru;
pub use opt::{Opt, opt};
pub use read::{Reader, TraceError, TraceFile, open, read};
pub use score::{Score, TIE, score};
