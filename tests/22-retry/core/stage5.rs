//! Stage 5
