//! The book, served.
