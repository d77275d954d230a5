//! What opens files, asks servers, and tries advice on a scratch server.

pub mod analysis;
pub mod clock;
pub mod copy;
pub mod error;
pub mod explain;
pub mod files;
pub mod input;
pub mod pool;
pub mod report;
pub mod run;
pub mod schema;
pub mod scratch;
pub mod server;
pub mod verify;
