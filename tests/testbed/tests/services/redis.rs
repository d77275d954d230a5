//! Redis, shared and own.

use std::time::{Duration, Instant};

use redis::AsyncCommands;
use redis::aio::MultiplexedConnection;
use testbed::{AppendFsync, Error, OwnRedis, eventually};

async fn connect(url: &str) -> MultiplexedConnection {
    redis::Client::open(url)
        .unwrap()
        .get_multiplexed_async_connection()
        .await
        .unwrap()
}

async fn write_all(redis: &OwnRedis, keys: std::ops::Range<u32>) {
    let mut connection = connect(redis.url()).await;
    for key in keys {
        connection
            .set::<_, _, ()>(key, "acknowledged")
            .await
            .unwrap();
    }
}

async fn count(redis: &OwnRedis) -> u32 {
    let mut connection = connect(redis.url()).await;
    ::redis::cmd("DBSIZE")
        .query_async(&mut connection)
        .await
        .unwrap()
}

/// What Redis has answered for and not yet handed to the kernel: under everysec it waits for a running fsync.
async fn buffered(redis: &OwnRedis) -> u64 {
    let mut connection = connect(redis.url()).await;
    let info: String = ::redis::cmd("INFO")
        .arg("persistence")
        .query_async(&mut connection)
        .await
        .unwrap();
    let length = info
        .lines()
        .find_map(|line| line.strip_prefix("aof_buffer_length:"));
    length.unwrap().parse().unwrap()
}

#[tokio::test]
async fn two_handles_share_a_server_and_no_key() -> Result<(), Error> {
    let (one, other) = (testbed::redis().await?, testbed::redis().await?);
    assert_eq!(one.addr(), other.addr());
    assert_ne!(one.prefix(), other.prefix());
    assert!(
        one.version()
            .split('.')
            .next()
            .unwrap()
            .parse::<u32>()
            .unwrap()
            >= 7
    );
    let key = format!("{}stock", one.prefix());
    let mut connection = connect(one.url()).await;
    connection.set::<_, _, ()>(&key, 7).await.unwrap();
    assert_eq!(connection.get::<_, i64>(&key).await.unwrap(), 7);
    Ok(())
}

#[tokio::test]
async fn attaching_to_the_shared_server_is_quick() -> Result<(), Error> {
    testbed::redis().await?;
    let mut times = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        testbed::redis().await?;
        times.push(begun.elapsed());
    }
    let best = times.into_iter().min().unwrap();
    assert!(best < Duration::from_millis(200), "{best:?}");
    Ok(())
}

#[tokio::test]
async fn keys_of_a_dead_process_are_swept() -> Result<(), Error> {
    let redis = testbed::redis().await?;
    let machine: String = redis.prefix().split_inclusive('_').take(2).collect();
    // Process 4194305 is beyond Linux's highest number; this test may run several times at once.
    let me = std::process::id();
    let orphan = format!("{{{machine}4194305_{me}_1:stock}}");
    let mut connection = connect(redis.url()).await;
    connection.set::<_, _, ()>(&orphan, 1).await.unwrap();
    testbed::sweep().await?;
    assert!(!connection.exists::<_, bool>(&orphan).await.unwrap());
    Ok(())
}

#[tokio::test]
async fn an_append_only_file_survives_a_kill() -> Result<(), Error> {
    for fsync in [AppendFsync::Always, AppendFsync::No] {
        let mut redis = testbed::redis().own().appendfsync(fsync).await?;
        let (url, addr) = (redis.url().to_owned(), redis.addr());
        write_all(&redis, 0..200).await;
        redis.kill().await?;
        assert!(
            ::redis::Client::open(url.as_str())
                .unwrap()
                .get_multiplexed_async_connection()
                .await
                .is_err()
        );
        redis.restart().await?;
        assert_eq!((redis.url(), redis.addr()), (url.as_str(), addr));
        assert_eq!(count(&redis).await, 200, "{fsync:?}");
    }
    Ok(())
}

#[tokio::test]
async fn snapshots_alone_lose_what_is_fresh() -> Result<(), Error> {
    let mut redis = testbed::redis().own().rdb_only().await?;
    write_all(&redis, 0..50).await;
    redis.kill().await?;
    redis.restart().await?;
    assert_eq!(count(&redis).await, 0);
    Ok(())
}

#[tokio::test]
async fn a_power_cut_loses_what_came_after_the_moment() -> Result<(), Error> {
    let mut redis = testbed::redis().own().appendfsync(AppendFsync::No).await?;
    write_all(&redis, 0..100).await;
    let moment = redis.mark().await?;
    write_all(&redis, 100..300).await;
    let cut = redis.power_cut(moment).await?;
    assert!(cut.lost_bytes > 0, "{cut:?}");
    redis.restart().await?;
    assert_eq!(count(&redis).await, 100);
    // And again, on what was left: the sizes are those of the shorter file.
    write_all(&redis, 100..150).await;
    let moment = redis.mark().await?;
    write_all(&redis, 150..300).await;
    redis.power_cut(moment).await?;
    redis.restart().await?;
    assert_eq!(count(&redis).await, 150);
    Ok(())
}

#[tokio::test]
async fn a_power_cut_goes_back_to_any_moment_within_the_samples() -> Result<(), Error> {
    let mut redis = testbed::redis().own().appendfsync(AppendFsync::No).await?;
    let mut moments = vec![(Instant::now(), 0)];
    for n in 1..=40 {
        write_all(&redis, n * 10..n * 10 + 10).await;
        tokio::time::sleep(Duration::from_millis(10)).await; // so that the writes spread over several samples
        moments.push((Instant::now(), n * 10));
    }
    let (moment, acknowledged) = moments[30];
    let cut = redis.power_cut(moment).await?;
    redis.restart().await?;
    let kept = count(&redis).await;
    assert!(
        kept <= acknowledged && kept > 0,
        "{kept} of {acknowledged}: {cut:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_power_cut_spares_what_was_forced_to_the_disk() -> Result<(), Error> {
    let mut always = testbed::redis()
        .own()
        .appendfsync(AppendFsync::Always)
        .await?;
    let moment = Instant::now();
    write_all(&always, 0..100).await;
    assert_eq!(always.power_cut(moment).await?.lost_bytes, 0);
    always.restart().await?;
    assert_eq!(count(&always).await, 100);

    let mut everysec = testbed::redis()
        .own()
        .appendfsync(AppendFsync::Everysec)
        .await?;
    let moment = Instant::now();
    write_all(&everysec, 0..100).await;
    let written = async || (buffered(&everysec).await == 0).then_some(());
    eventually(
        Duration::from_secs(10),
        "everything is in the file",
        written,
    )
    .await;
    tokio::time::sleep(Duration::from_millis(2_200)).await; // more than the two seconds that may be lost
    write_all(&everysec, 100..200).await;
    let cut = everysec.power_cut(moment).await?;
    assert!(cut.lost_time < Duration::from_millis(2_500), "{cut:?}");
    everysec.restart().await?;
    assert_eq!(count(&everysec).await, 100);
    Ok(())
}

#[tokio::test]
async fn a_paused_server_answers_nothing_until_it_is_resumed() -> Result<(), Error> {
    let redis = testbed::redis().own().await?;
    let mut connection = connect(redis.url()).await;
    redis.pause().await?;
    let mut asked = std::pin::pin!(connection.incr::<_, _, i64>("n", 1));
    let early = tokio::time::timeout(Duration::from_millis(150), &mut asked).await;
    assert!(early.is_err(), "a stopped process answered");
    redis.resume().await?;
    assert_eq!(asked.await.unwrap(), 1);
    Ok(())
}

#[tokio::test]
async fn a_replica_follows_and_can_be_promoted() -> Result<(), Error> {
    let mut primary = testbed::redis()
        .own()
        .appendfsync(AppendFsync::Everysec)
        .await?;
    write_all(&primary, 0..20).await;
    let mut replica = primary.replica().await?;
    assert_eq!(count(&replica).await, 20);
    write_all(&primary, 20..30).await;
    let caught_up = async || (count(&replica).await == 30).then_some(());
    eventually(
        Duration::from_secs(5),
        "the replica has all 30 keys",
        caught_up,
    )
    .await;

    replica.restart().await?;
    let mut connection = connect(replica.url()).await;
    let refused = connection.set::<_, _, ()>("n", 1).await.unwrap_err();
    assert!(
        refused.to_string().contains("read only"),
        "a restarted replica still follows: {refused}"
    );

    replica.in_sync().await?;
    primary.kill().await?;
    replica.promote().await?;
    write_all(&replica, 30..40).await;
    assert_eq!(count(&replica).await, 40);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_option_reaches_the_server() -> Result<(), Error> {
    let redis = testbed::redis()
        .own()
        .arg("--maxmemory-policy", "allkeys-lru")
        .await?;
    let mut connection = connect(redis.url()).await;
    let policy: Vec<String> = ::redis::cmd("CONFIG")
        .arg(&["GET", "maxmemory-policy"])
        .query_async(&mut connection)
        .await
        .unwrap();
    assert_eq!(policy[1], "allkeys-lru");
    Ok(())
}

#[tokio::test]
async fn a_restart_on_a_port_that_was_taken_meanwhile_is_an_error_that_says_so() -> Result<(), Error>
{
    let mut redis = testbed::redis().own().await?;
    redis.kill().await?;
    let taken = std::net::TcpListener::bind(redis.addr()).unwrap();
    let error = redis.restart().await.unwrap_err();
    let wanted = redis.addr().port();
    assert!(
        matches!(error, Error::PortTaken { port, .. } if port == wanted),
        "{error}"
    );
    drop(taken);
    redis.restart().await
}
