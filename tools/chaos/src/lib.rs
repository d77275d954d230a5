//! Chaos runs as data.
