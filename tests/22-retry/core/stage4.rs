//! Stage 4
