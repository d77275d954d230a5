//! The sockets: two services, their crowd, and what a run says in the end.

pub mod client;
pub mod clock;
pub mod front;
pub mod load;
pub mod report;
pub mod serve;
pub mod workshop;
