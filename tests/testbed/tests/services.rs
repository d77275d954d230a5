//! What holds on every backend: the same tests run natively and in Docker.
#![allow(clippy::disallowed_methods)] // a test of real servers reads the real clock

#[path = "services/kafka.rs"]
mod kafka;
#[path = "services/mysql.rs"]
mod mysql;
#[path = "services/redis.rs"]
mod redis;
#[path = "services/redis_cluster.rs"]
mod redis_cluster;
