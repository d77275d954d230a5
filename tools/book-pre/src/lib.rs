//! The preprocessor of the book.
