//! The decisions of a cache, and nothing else: no clock, no client, no randomness of its own.
