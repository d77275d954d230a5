//! The book, served.
fn main() {}
