//! What is done: sockets, processes, files, the clock.
//!
//! From the outside in: [`connections`] accepts and bounds, [`guard`] asks the door, [`pages`] and [`interface`] answer. Behind them
//! [`hub`] owns the queue, [`child`] a run's process, [`news`] what open pages are told, [`build`] and [`watch`] make the pages.

pub mod build;
pub mod child;
pub mod connections;
pub mod guard;
pub mod hub;
pub mod interface;
pub mod labs;
pub mod news;
pub mod pages;
pub mod say;
pub mod watch;
pub mod wire;
