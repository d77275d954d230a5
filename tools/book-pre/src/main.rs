//! The preprocessor as mdbook calls it.
fn main() {}
