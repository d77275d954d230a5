//! What a test asks for: a service, shared or its own.

mod kafka;
mod mysql;
mod redis;
mod redis_cluster;
pub(crate) mod sweep;
mod up;

pub use kafka::{Kafka, KafkaRequest, OwnKafka, OwnKafkaRequest, kafka};
pub use mysql::{Flavor, Mysql, MysqlRequest, OwnMysql, OwnMysqlRequest, mysql};
pub use redis::{AppendFsync, OwnRedis, OwnRedisRequest, PowerCut, Redis, RedisRequest, redis};
pub use redis_cluster::{
    OwnRedisCluster, OwnRedisClusterRequest, RedisCluster, RedisClusterRequest, redis_cluster,
};
pub use sweep::sweep;
pub use up::{Shared, up};

/// Lets a request be awaited: `testbed::redis().await`, `testbed::redis().own().appendfsync(..).await`.
macro_rules! awaitable {
    ($request:ty => $handle:ty, $start:ident) => {
        impl IntoFuture for $request {
            type Output = Result<$handle, crate::Error>;
            type IntoFuture = futures_util::future::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.$start())
            }
        }
    };
}
pub(crate) use awaitable;
