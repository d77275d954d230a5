//! The given connection: whatever happens to it, it is there again when Redis is.
#![cfg(feature = "suite")]

use std::time::Duration;

use seckill::shell::conn::Conn;
use testbed::{Direction, Faults, Kind, eventually};

async fn pings(conn: &Conn) -> bool {
    let pong: redis::RedisResult<String> = redis::cmd("PING").query_async(&mut conn.clone()).await;
    pong.is_ok()
}

/// The connection dies after each of its first bytes, and so does every one that is made in its place: in mid-answer, in
/// mid-handshake, between the two.
#[tokio::test]
async fn a_connection_that_dies_at_any_byte_is_made_again() {
    let redis = testbed::redis().await.unwrap();
    for bytes in 0..60 {
        let proxy = testbed::proxy(redis.addr(), bytes).await.unwrap();
        let conn = Conn::single(&format!("redis://{}/", proxy.addr()))
            .await
            .unwrap();
        assert!(pings(&conn).await, "before anything is wrong");

        proxy.plan(
            Faults::none()
                .drop_after(bytes..=bytes)
                .only(Direction::ToClient),
        );
        let broken = async || {
            let _failed = pings(&conn).await;
            (proxy.stats().fired(Kind::Drop) >= 2).then_some(())
        };
        eventually(
            Duration::from_secs(20),
            "the connection and one more have died",
            broken,
        )
        .await;
        proxy.heal();

        let answers = async || pings(&conn).await.then_some(());
        eventually(
            Duration::from_secs(20),
            &format!("an answer, after death at byte {bytes}"),
            answers,
        )
        .await;
    }
}
