//! What holds on every backend: the same tests run natively and in Docker.

#[path = "services/redis.rs"]
mod redis;
#[path = "services/redis_cluster.rs"]
mod redis_cluster;
