//! What the learner is given of the core and does not write. Needs no feature, so that the core's mutants meet it.

#[path = "given/cache.rs"]
mod cache;
#[path = "given/classes.rs"]
mod classes;
