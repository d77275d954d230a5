//! What holds on every backend: the same tests run natively and in Docker.

#[path = "services/kafka.rs"]
mod kafka;
#[path = "services/mysql.rs"]
mod mysql;
#[path = "services/redis.rs"]
mod redis;
#[path = "services/redis_cluster.rs"]
mod redis_cluster;
