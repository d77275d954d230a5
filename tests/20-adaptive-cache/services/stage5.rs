//! Stage 5 on a real Redis: one load for all who wait, a warm-up at its pace, and what was written in every layer.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use adaptive_cache::core::class::Place;
use adaptive_cache::core::place::Ttls;
use adaptive_cache::core::value::{MAX_DEPTH, Value};
use adaptive_cache::core::warm::{Report, Wanted, WarmUp};
use adaptive_cache::shell::cache::REPAIR_EVERY;
use adaptive_cache::shell::error::Error;
use futures_util::future::{join, join_all};
use redis::AsyncCommands;

use crate::world::{
    Does, MS, SECOND, SOON, World, at_once, begun, calls, drop_after, get, keys, number,
};

// One load.

/// That nobody keeps a value is no reason to load it a thousand times at once.
#[tokio::test]
async fn inv9_a_burst_on_a_cold_key_is_one_load() {
    let world = World::new().await;
    world.source.gives("k", number(1));
    let cache = world.instance();
    world.cool(&cache, "k").await;
    let before = world.source.loads("k");
    world.source.hold();
    let release = async {
        world.source.has_begun("k", before + 1).await;
        world.source.release();
    };
    let (outcomes, ()) = join(at_once(&cache, "k", 1000), release).await;
    for outcome in outcomes {
        assert_eq!(outcome.unwrap(), number(1));
    }
    let loads = world.source.loads("k") - before;
    assert_eq!(
        loads, 1,
        "1,000 callers who wanted one cold key at the same time cost {loads} loads"
    );
    assert_eq!(cache.stats().shielded, 999);
    assert_eq!(world.bytes("k").await, None);
}

#[tokio::test]
async fn inv9_a_burst_on_a_key_that_nobody_has_is_one_load() {
    let world = World::new().await;
    world.source.gives("k", number(1));
    let cache = world.instance();
    let outcomes = at_once(&cache, "k", 1000).await;
    assert!(
        outcomes
            .into_iter()
            .all(|outcome| outcome.unwrap() == number(1))
    );
    let stats = cache.stats();
    assert_eq!((stats.loads, stats.loaded, stats.redis_gets), (1, 1, 1));
    assert_eq!((stats.reads, stats.shielded), (1000, 999));
    assert_eq!(world.stored("k").await, Some(number(1)));
}

/// On several threads, hot or not, with writes in between: never two loads of one key at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inv9_no_two_loads_of_a_key_are_under_way_at_a_time() {
    let world = World::new().await;
    let cache = world.instance();
    let _value = get(&cache, "0").await;
    let callers = (0..32).map(|caller: u32| {
        let cache = cache.clone();
        tokio::spawn(async move {
            for call in 0..50 {
                let key = ((caller + call) % 4).to_string();
                match (caller + 3 * call) % 16 {
                    0 => cache.delete(&key).await.unwrap(),
                    _ => assert_eq!(cache.get(&key).await.unwrap(), Value::Absent),
                }
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    let loads = world.source.all_loads().len();
    assert!(loads > 4, "only {loads} loads");
    assert_eq!(world.source.most_at_once(), 1);
}

/// The load runs in a task of its own: whoever began it may go.
#[tokio::test]
async fn inv9_whoever_leaves_takes_nobody_along() {
    let world = World::new().await;
    world.source.gives("k", number(1));
    let cache = world.instance();
    world.source.hold();
    let mut leader = begun(cache.get("k")).await;
    let waiting = begun(cache.get("k")).await;
    testbed::eventually(SOON, "the load begins", async || {
        let _still_under_way = drop_after(0, leader.as_mut()).await;
        (world.source.loads("k") == 1).then_some(())
    })
    .await;
    drop(leader);
    world.source.release();
    let outcome = waiting.await;
    assert_eq!(
        outcome.as_ref().ok(),
        Some(&number(1)),
        "the caller who had begun the load went away, and the one who waited for it got {outcome:?}"
    );
    assert_eq!(world.source.loads("k"), 1);
}

#[tokio::test]
async fn inv9_a_caller_who_leaves_at_any_await_blocks_nobody() {
    let world = World::new().await;
    let cache = world.instance();
    for awaits in 0.. {
        let key = format!("key {awaits}");
        world.source.gives(&key, number(awaits));
        let ended = drop_after(awaits as usize, cache.get(&key)).await;
        let others = tokio::time::timeout(SOON, at_once(&cache, &key, 3)).await;
        for outcome in others.expect("nobody is blocked") {
            assert_eq!(outcome.unwrap(), number(awaits));
        }
        assert_eq!(world.source.loads(&key), 1, "left at await {awaits}");
        if ended.is_some() {
            assert!(awaits > 0);
            return;
        }
    }
}

#[tokio::test]
async fn inv9_all_who_wait_learn_that_the_load_failed_and_the_next_call_loads() {
    let world = World::new().await;
    let cache = world.instance();
    for (key, does) in [("fails", Does::Fails("no table")), ("panics", Does::Panics)] {
        world.source.does(key, does);
        for outcome in at_once(&cache, key, 10).await {
            match (key, outcome) {
                ("fails", Err(Error::Load(cause))) => assert_eq!(cause.to_string(), "no table"),
                ("panics", Err(Error::LoadLost)) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(world.source.loads(key), 1);
        assert_eq!(world.bytes(key).await, None);
        world.source.gives(key, number(2));
        assert_eq!(get(&cache, key).await, number(2));
        assert_eq!(world.source.loads(key), 2);
    }
    let stats = cache.stats();
    assert_eq!((stats.loads, stats.loaded), (4, 2));
}

#[tokio::test]
async fn inv9_a_load_that_hangs_ends_and_leaves_the_key_free() {
    let world = World::new().await;
    world.source.does("k", Does::Hangs);
    let mut config = world.config();
    config.load_timeout = 200 * MS;
    let cache = world.instance_with(config);
    let outcomes = tokio::time::timeout(SOON, at_once(&cache, "k", 10)).await;
    for outcome in outcomes.expect("a load ends") {
        let Err(Error::LoadTimedOut(after)) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(after, 200 * MS);
    }
    world.source.gives("k", number(2));
    assert_eq!(get(&cache, "k").await, number(2));
    assert_eq!(
        (world.source.loads("k"), world.source.most_at_once()),
        (2, 1)
    );
}

/// A hundred callers one after the other ask for what does not exist.
#[tokio::test]
async fn inv9_a_key_that_does_not_exist_is_loaded_once() {
    let world = World::new().await;
    let cache = world.instance();
    for _ in 0..100 {
        assert_eq!(get(&cache, "nobody").await, Value::Absent);
    }
    let loads = world.source.loads("nobody");
    assert_eq!(
        loads, 1,
        "a key that does not exist was asked for 100 times within its time to live, and loaded {loads} times"
    );
    let left = world.ttl("nobody").await;
    assert!(
        (1..=20_000).contains(&left),
        "kept for {left} ms, as long as any value"
    );
}

// What was read before a write.

/// A load has read the old value and not ended yet; then the key is written, or deleted.
#[tokio::test]
async fn inv11_what_was_read_before_a_write_is_not_given_to_who_comes_after() {
    let world = World::new().await;
    let mut config = world.config();
    config.ttls = Ttls::new(600 * SECOND, MS, SECOND, 0.0).unwrap();
    for (key, is_hot, is_put) in [
        ("a", false, true),
        ("b", false, false),
        ("c", true, true),
        ("d", true, false),
    ] {
        let cache = world.instance_with(config.clone());
        world.source.gives(key, number(1));
        if is_hot {
            world.heat(&cache, key).await;
            let _existed: () = world.raw().await.del(world.name(key)).await.unwrap();
            world.clock.advance(2 * MS);
        }
        let before = world.source.loads(key);
        world.source.hold();
        let early = begun(cache.get(key)).await;
        world.source.has_begun(key, before + 1).await;
        world.source.gives(key, number(2));
        if is_put {
            cache.put(key, number(2)).await.unwrap();
        } else {
            cache.delete(key).await.unwrap();
        }
        let late = async {
            let value = get(&cache, key).await;
            (value, get(&cache, key).await)
        };
        let release = async { world.source.release() };
        let (late, ()) = join(late, release).await;
        let early = early.await;
        assert_eq!(early.unwrap(), number(1), "it came before");
        let what = if is_put { "written" } else { "deleted" };
        assert_eq!(
            late,
            (number(2), number(2)),
            "a load had read 1 when the key was {what}, and the two reads that began after that gave {late:?}"
        );
        assert_eq!(world.stored(key).await, Some(number(2)), "{key}");
        assert_eq!(cache.stats().fills_refused, 1);
        assert_eq!(world.source.most_at_once(), 1);
    }
}

/// The same, and another instance writes. Nothing tells the one that loads, but Redis.
#[tokio::test]
async fn inv11_a_load_does_not_bring_back_what_another_instance_has_replaced() {
    let world = World::new().await;
    for (key, is_put) in [("wrote", true), ("deleted", false)] {
        let (one, two) = (world.instance(), world.instance());
        world.source.gives(key, number(1));
        world.source.hold();
        let early = begun(one.get(key)).await;
        world.source.has_begun(key, 1).await;
        world.source.gives(key, number(2));
        if is_put {
            two.put(key, number(2)).await.unwrap();
        } else {
            two.delete(key).await.unwrap();
        }
        world.source.release();
        assert_eq!(early.await.unwrap(), number(1), "it came before");
        let stored = world.stored(key).await;
        assert_eq!(
            stored,
            is_put.then_some(number(2)),
            "a load had read 1 when another instance {key} the key; it ended, and Redis has {stored:?}"
        );
        for cache in [&one, &two] {
            assert_eq!(get(cache, key).await, number(2), "{key}");
        }
        assert_eq!(world.stored(key).await, Some(number(2)));
        assert_eq!(one.stats().fills_refused, 1);
    }
}

/// Two writes of a hot key at once: whichever Redis took last is what is read, in this process too.
#[tokio::test]
async fn inv11_writes_at_once_leave_no_copy_that_redis_does_not_have() {
    let world = World::new().await;
    world.source.gives("k", number(0));
    let cache = world.instance();
    world.heat(&cache, "k").await;
    for round in 1..20 {
        let writes = [2 * round, 2 * round + 1].map(|written| cache.put("k", number(written)));
        for written in join_all(writes).await {
            written.unwrap();
        }
        let stored = world.stored("k").await;
        assert_eq!(Some(get(&cache, "k").await), stored);
        assert!(stored == Some(number(2 * round)) || stored == Some(number(2 * round + 1)));
    }
}

// Where it lies.

fn one_of_each() -> Vec<(String, Value)> {
    let values = [
        Value::text("42"),
        Value::bytes(b"42"),
        Value::Integer(42),
        Value::Float(42.0),
        Value::Float(f64::NAN),
        Value::Boolean(true),
        Value::Absent,
        Value::list([Value::Integer(1), Value::text("1"), Value::list([])]),
    ];
    let named = |(number, value)| (format!("value {number}"), value);
    values.into_iter().enumerate().map(named).collect()
}

#[tokio::test]
async fn inv11_every_layer_gives_back_the_type_that_was_written() {
    let world = World::new().await;
    let (one, two) = (world.instance(), world.instance());
    for (key, value) in one_of_each() {
        world.source.gives(&key, value.clone());
        assert_eq!(get(&one, &key).await, value, "by the loader");
        assert_eq!(get(&two, &key).await, value, "by Redis");
        world.heat(&one, &key).await;
        let before = one.stats().local_hits;
        assert_eq!(get(&one, &key).await, value, "in this process");
        assert_eq!(one.stats().local_hits, before + 1);
        assert_eq!(world.source.loads(&key), 1);
    }
    assert_eq!(two.stats().loads, 0);
    for (key, value) in one_of_each() {
        let key = format!("{key}, put");
        two.put(&key, value.clone()).await.unwrap();
        assert_eq!(get(&one, &key).await, value);
        assert_eq!(world.source.loads(&key), 0);
    }
}

#[tokio::test]
async fn inv11_a_hot_key_asks_redis_for_nothing() {
    let redis = testbed::redis().own().await.unwrap();
    let world = World::over(&redis);
    world.source.gives("k", number(1));
    let cache = world.instance();
    world.heat(&cache, "k").await;
    let mut raw = world.raw().await;
    let _reset: () = redis::cmd("CONFIG")
        .arg("RESETSTAT")
        .query_async(&mut raw)
        .await
        .unwrap();
    for _ in 0..1000 {
        assert_eq!(get(&cache, "k").await, number(1));
    }
    for command in ["get", "mget", "set", "eval"] {
        assert_eq!(calls(&mut raw, command).await, 0, "{command}");
    }
    // The count is of this server: a warm key is seen.
    let _value = get(&cache, "warm").await;
    assert_eq!(calls(&mut raw, "get").await, 1);
    assert_eq!(calls(&mut raw, "set").await, 1);
    assert_eq!(cache.stats().local_entries, 1);
}

#[tokio::test]
async fn inv11_a_cold_key_leaves_nothing_in_redis() {
    let world = World::new().await;
    world.source.gives("k", number(1));
    let cache = world.instance();
    world.cool(&cache, "k").await;
    let before = cache.stats();
    assert_eq!(get(&cache, "k").await, number(1));
    assert_eq!(world.bytes("k").await, None);
    let stats = cache.stats();
    assert_eq!(stats.redis_gets, before.redis_gets);
    assert_eq!(stats.redis_sets, before.redis_sets);
    assert_eq!((stats.loads, stats.local_entries), (before.loads + 1, 0));
    // An older value that lies there from warmer times does not survive a write.
    let older = number(1).encode().unwrap();
    let _set: () = world.raw().await.set(world.name("k"), older).await.unwrap();
    world.source.gives("k", number(2));
    cache.put("k", number(2)).await.unwrap();
    assert_eq!(world.stored("k").await, None);
    let left = world.ttl("k").await;
    let grace = cache.config().grace().as_millis() as i64;
    assert!(
        (1..=grace).contains(&left),
        "the deletion's mark stays {left} ms"
    );
    assert_eq!(get(&cache, "k").await, number(2));
    assert_eq!(get(&world.instance(), "k").await, number(2));
}

/// Its copy goes when it is no longer hot, or it would come back when the key is: older than what was read in between.
#[tokio::test]
async fn inv11_a_key_that_is_no_longer_hot_has_no_copy() {
    let world = World::new().await;
    let mut config = world.config();
    config.ttls = Ttls::new(600 * SECOND, 600 * SECOND, SECOND, 0.0).unwrap();
    world.source.gives("k", number(1));
    let (one, two) = (
        world.instance_with(config.clone()),
        world.instance_with(config),
    );
    world.heat(&one, "k").await;
    // Two windows later: four requests in one window are warm, and ten are hot again.
    world.clock.advance(20 * SECOND);
    for _ in 0..4 {
        let _value = get(&one, "k").await;
    }
    world.clock.advance(SECOND);
    assert_ne!(one.place("k"), Place::LocalAndRedis);
    world.source.gives("k", number(2));
    two.put("k", number(2)).await.unwrap();
    let mut read = Vec::new();
    for _ in 0..12 {
        read.push(get(&one, "k").await);
        world.clock.advance(200 * MS);
    }
    assert_eq!(one.place("k"), Place::LocalAndRedis);
    let older = read.iter().filter(|value| **value == number(1)).count();
    assert_eq!(
        older, 0,
        "another instance had replaced the value while the key was warm here, and {older} of 12 reads gave the copy from hotter times"
    );
}

#[tokio::test]
async fn inv11_what_lies_in_redis_ends() {
    let world = World::new().await;
    let cache = world.instance();
    world.source.gives("loaded", number(1));
    let _value = get(&cache, "loaded").await;
    cache.put("put", number(1)).await.unwrap();
    for key in ["loaded", "put"] {
        let left = world.ttl(key).await;
        // 600 s, up to a tenth less; and SOON for a busy machine.
        assert!((480_000..=600_000).contains(&left), "{key}: {left} ms");
    }
    let _absent = get(&cache, "absent").await;
    let left = world.ttl("absent").await;
    assert!((1..=20_000).contains(&left), "{left} ms");
}

#[tokio::test]
async fn inv11_a_copy_in_this_process_ends() {
    let world = World::new().await;
    let mut config = world.config();
    config.ttls = Ttls::new(600 * SECOND, 5 * SECOND, SECOND, 0.0).unwrap();
    world.source.gives("k", number(1));
    let (one, two) = (world.instance_with(config), world.instance());
    world.heat(&one, "k").await;
    two.put("k", number(2)).await.unwrap();
    world.clock.advance(5 * SECOND - MS);
    assert_eq!(get(&one, "k").await, number(1), "nothing tells it");
    world.clock.advance(MS);
    assert_eq!(get(&one, "k").await, number(2));
}

#[tokio::test]
async fn inv11_what_is_deleted_is_gone_from_every_layer() {
    let world = World::new().await;
    world.source.gives("k", number(1));
    let cache = world.instance();
    world.heat(&cache, "k").await;
    world.source.gives("k", number(2));
    cache.delete("k").await.unwrap();
    assert_eq!(cache.stats().local_entries, 0);
    assert_eq!(world.stored("k").await, None);
    for instance in [&cache, &world.instance()] {
        assert_eq!(get(instance, "k").await, number(2));
    }
    assert_eq!(world.stored("k").await, Some(number(2)));
}

#[tokio::test]
async fn inv11_what_is_no_value_of_ours_is_loaded_and_written_over() {
    let world = World::new().await;
    let cache = world.instance();
    let mut raw = world.raw().await;
    let newer_version = [0xac, 2, 6];
    for (key, stored) in [
        ("text", &b"42"[..]),
        ("empty", b""),
        ("version", &newer_version),
    ] {
        let _set: () = raw.set(world.name(key), stored).await.unwrap();
        world.source.gives(key, number(42));
        for _ in 0..2 {
            assert_eq!(get(&cache, key).await, number(42));
        }
        assert_eq!(world.stored(key).await, Some(number(42)));
        assert_eq!(world.source.loads(key), 1);
    }
    assert_eq!(cache.stats().malformed, 3);
    // Somebody else's list: not ours to delete, and no reason to fail.
    let _len: () = raw.rpush(world.name("list"), 1).await.unwrap();
    world.source.gives("list", number(42));
    assert_eq!(get(&cache, "list").await, number(42));
    assert_eq!(cache.stats().redis_errors, 1);
}

/// The shortest time to live that there is: over, while a load that began before the write is still under way.
#[tokio::test]
async fn inv11_what_was_written_outlives_the_loads_that_began_before_it() {
    let world = World::new().await;
    let mut config = world.config();
    config.ttls = Ttls::new(MS, MS, MS, 0.0).unwrap();
    let cache = world.instance_with(config);
    for (key, newer) in [("value", number(2)), ("absent", Value::Absent)] {
        cache.put(key, newer.clone()).await.unwrap();
        assert_eq!(world.stored(key).await, Some(newer));
        let left = world.ttl(key).await;
        let load = cache.config().load_timeout.as_millis() as i64;
        assert!(
            left > load,
            "what was written is gone in {left} ms, and a load may take {load} ms"
        );
    }
}

/// It cannot be stored; but it was a write, and what lies there is older.
#[tokio::test]
async fn inv11_a_value_that_cannot_be_stored_leaves_nothing_older() {
    let world = World::new().await;
    let cache = world.instance();
    let deeper = (0..=MAX_DEPTH).fold(Value::Absent, |inner, _| Value::list([inner]));
    for key in ["warm", "hot"] {
        world.source.gives(key, number(1));
        let _value = get(&cache, key).await;
        if key == "hot" {
            world.heat(&cache, key).await;
        }
        world.source.gives(key, deeper.clone());
        let refused = cache.put(key, deeper.clone()).await;
        assert!(matches!(refused, Err(Error::Value(_))), "{refused:?}");
        for _ in 0..2 {
            assert_eq!(get(&cache, key).await, deeper, "{key}");
        }
        assert_eq!(get(&world.instance(), key).await, deeper, "{key}");
        assert_eq!(world.stored(key).await, None, "{key}");
    }
}

// When Redis fails.

/// Warm and hot: in each layer lay the older value.
#[tokio::test]
async fn inv11_a_write_that_did_not_reach_redis_is_an_error_and_nothing_older_comes_back() {
    let redis = testbed::redis().own().await.unwrap();
    let proxy = testbed::proxy(redis.addr(), 20).await.unwrap();
    let world = World::over(&redis);
    let cache = world.instance_behind(&proxy);
    for key in ["warm", "hot"] {
        world.source.gives(key, number(1));
        let _value = get(&cache, key).await;
        if key == "hot" {
            world.heat(&cache, key).await;
        }
        assert_eq!(world.stored(key).await, Some(number(1)));
        proxy.cut();
        world.source.gives(key, number(2));
        let written = cache.put(key, number(2)).await;
        proxy.heal();
        // The connection may be a moment in coming back.
        testbed::eventually(SOON, "Redis is reached again", async || {
            let gets = cache.stats().redis_errors;
            let _other = get(&cache, "other").await;
            (cache.stats().redis_errors == gets).then_some(())
        })
        .await;
        let read = get(&cache, key).await;
        assert_eq!(
            (written.is_err(), read),
            (true, number(2)),
            "the {key} key's write did not reach Redis, which holds the older value; put said {written:?}"
        );
        assert_eq!(world.stored(key).await, Some(number(2)), "{key}");
        assert_eq!(cache.stats().dirty, 0);
    }
}

/// It reads, and takes no write: there is no memory left.
#[tokio::test]
async fn inv11_a_write_that_redis_refuses_while_it_answers_reads_is_not_hidden() {
    let redis = testbed::redis().own().await.unwrap();
    let world = World::over(&redis);
    let cache = world.instance();
    world.source.gives("k", number(1));
    world.heat(&cache, "k").await;
    let mut raw = world.raw().await;
    let mut limit = async |bytes: &str| {
        let mut cmd = redis::cmd("CONFIG");
        cmd.arg("SET").arg("maxmemory").arg(bytes);
        let _ok: () = cmd.query_async(&mut raw).await.unwrap();
    };
    limit("1").await;
    world.source.gives("k", number(2));
    let refused = cache.put("k", number(2)).await.unwrap_err();
    assert!(refused.to_string().contains("OOM"), "{refused}");
    assert_eq!((cache.stats().dirty, cache.stats().local_entries), (1, 0));
    for _ in 0..3 {
        assert_eq!(get(&cache, "k").await, number(2));
    }
    // It could not be overwritten, but it could be deleted: nobody else reads it either.
    assert_eq!(world.bytes("k").await, None);
    assert_eq!(get(&world.instance(), "k").await, number(2));
    limit("0").await;
    cache.put("k", number(3)).await.unwrap();
    assert_eq!(
        (get(&cache, "k").await, cache.stats().dirty),
        (number(3), 0)
    );
    assert_eq!(world.stored("k").await, Some(number(3)));
}

/// Nobody reads the key here: another instance does.
#[tokio::test]
async fn inv11_an_older_value_is_taken_out_of_redis_as_soon_as_it_can_be() {
    let redis = testbed::redis().own().await.unwrap();
    let proxy = testbed::proxy(redis.addr(), 20).await.unwrap();
    let world = World::over(&redis);
    let (one, two) = (world.instance_behind(&proxy), world.instance());
    world.source.gives("k", number(1));
    assert_eq!(get(&one, "k").await, number(1));
    proxy.cut();
    world.source.gives("k", number(2));
    let _refused = one.put("k", number(2)).await.unwrap_err();
    assert_eq!(one.stats().dirty, 1);
    // What cannot be promised: the other instance reaches Redis, and nothing has reached it from here.
    assert_eq!(get(&two, "k").await, number(1));
    proxy.heal();
    testbed::eventually(SOON, "the other instance reads what is new", async || {
        world.clock.advance(REPAIR_EVERY);
        (get(&two, "k").await == number(2)).then_some(())
    })
    .await;
    testbed::eventually(SOON, "nothing is dirty", async || {
        (one.stats().dirty == 0).then_some(())
    })
    .await;
    assert_eq!(world.stored("k").await, Some(number(2)));
}

/// Whether it has happened, nobody knows: it counts as refused.
#[tokio::test]
async fn inv11_a_write_that_was_given_up_at_any_await_leaves_nothing_older() {
    let world = World::new().await;
    let mut gave_up = 0;
    for awaits in 0.. {
        let key = format!("key {awaits}");
        world.source.gives(&key, number(1));
        let cache = world.instance();
        world.heat(&cache, &key).await;
        world.source.gives(&key, number(2));
        let ended = drop_after(awaits, cache.put(&key, number(2))).await;
        assert_eq!(get(&cache, &key).await, number(2), "left at await {awaits}");
        if ended.is_some() {
            break;
        }
        gave_up += 1;
        assert_eq!(get(&cache, &key).await, number(2));
        // Its read overwrote it.
        assert_eq!(cache.stats().dirty, 0);
        assert_eq!(get(&world.instance(), &key).await, number(2));
    }
    assert!(gave_up > 0);
}

#[tokio::test]
async fn inv11_what_redis_does_not_answer_the_loader_does() {
    let mut redis = testbed::redis().own().await.unwrap();
    let world = World::over(&redis);
    let cache = world.instance();
    world.source.gives("k", number(1));
    assert_eq!(get(&cache, "k").await, number(1));
    redis.kill().await.unwrap();
    world.source.gives("k", number(2));
    let read = tokio::time::timeout(SOON, at_once(&cache, "k", 10)).await;
    let read = read.expect("a read ends without Redis");
    let failed = read.iter().filter(|outcome| outcome.is_err()).count();
    assert_eq!(
        failed,
        0,
        "Redis was down and the source well, and {failed} of 10 reads failed: {:?}",
        read.iter().find(|outcome| outcome.is_err())
    );
    assert!(
        read.into_iter()
            .all(|outcome| outcome.unwrap() == number(2))
    );
    assert_eq!(world.source.loads("k"), 2, "shielded all the same");
    assert!(cache.stats().redis_errors > 0);
    let refused = cache.put("k", number(2)).await;
    assert!(matches!(refused, Err(Error::Redis(_))), "{refused:?}");
    redis.restart().await.unwrap();
    testbed::eventually(SOON, "Redis is written again", async || {
        cache.put("k", number(3)).await.ok()
    })
    .await;
    assert_eq!(get(&cache, "k").await, number(3));
    assert_eq!(cache.stats().dirty, 0);
}

/// Connections stay open and nothing is answered: only a time-out ends that.
#[tokio::test]
async fn inv11_a_redis_that_stands_still_holds_nobody_up() {
    let redis = testbed::redis().own().await.unwrap();
    let world = World::over(&redis);
    let mut config = world.config();
    config.redis_timeout = 250 * MS;
    let cache = world.instance_with(config);
    world.source.gives("k", number(1));
    assert_eq!(get(&cache, "k").await, number(1));
    redis.pause().await.unwrap();
    world.source.gives("k", number(2));
    let refused = cache.put("k", number(2)).await;
    let read = tokio::time::timeout(SOON, cache.get("k")).await;
    assert_eq!(read.expect("a read ends").unwrap(), number(2));
    let Err(Error::RedisTimedOut(after)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((after, cache.stats().dirty), (250 * MS, 1));
    let fresh = tokio::time::timeout(SOON, cache.get("fresh")).await;
    assert_eq!(fresh.expect("a read ends").unwrap(), Value::Absent);
    redis.resume().await.unwrap();
    testbed::eventually(SOON, "it is clean again", async || {
        let _value = get(&cache, "k").await;
        (cache.stats().dirty == 0).then_some(())
    })
    .await;
    assert_eq!(get(&cache, "k").await, number(2));
}

/// More keys than are remembered: then nothing is believed, until all that Redis may hold has expired.
#[tokio::test]
async fn inv11_after_too_many_refused_writes_nothing_in_redis_is_believed() {
    let redis = testbed::redis().own().await.unwrap();
    let proxy = testbed::proxy(redis.addr(), 20).await.unwrap();
    let world = World::over(&redis);
    let mut config = world.config();
    config.max_dirty = 2;
    let cache = world.instance_behind_with(&proxy, config.clone());
    let all = ["a", "b", "c", "d"];
    for key in all {
        world.source.gives(key, number(1));
        assert_eq!(get(&cache, key).await, number(1));
    }
    proxy.cut();
    for key in ["a", "b", "c"] {
        world.source.gives(key, number(2));
        let _refused = cache.put(key, number(2)).await.unwrap_err();
    }
    proxy.heal();
    assert_eq!(cache.stats().dirty, 2);
    let before = cache.stats();
    for key in ["a", "b", "c"] {
        assert_eq!(get(&cache, key).await, number(2));
    }
    assert_eq!(get(&cache, "d").await, number(1));
    let stats = cache.stats();
    assert_eq!(stats.redis_gets, before.redis_gets);
    assert_eq!(
        (stats.loads, stats.redis_sets),
        (before.loads + 4, before.redis_sets)
    );
    world.clock.advance(config.ttls.longest() + config.grace());
    testbed::eventually(SOON, "Redis is believed again", async || {
        let _value = get(&cache, "e").await;
        (cache.stats().redis_hits > stats.redis_hits).then_some(())
    })
    .await;
}

// The warm-up.

fn failed(report: &Report<Error>) -> Vec<&str> {
    report.failed.iter().map(|(key, _)| key.as_str()).collect()
}

/// The reports of `warm_ups` that run at the same time. The clock moves on, by a hundredth of a second, only when each of them waits for it.
async fn at_pace(
    world: &World,
    warm_ups: impl IntoIterator<Item = impl Future<Output = Report<Error>>>,
) -> Vec<Report<Error>> {
    let running = Cell::new(0);
    let counted = warm_ups.into_iter().map(|warm_up| {
        running.set(running.get() + 1);
        async {
            let report = warm_up.await;
            running.set(running.get() - 1);
            report
        }
    });
    let mut reports = pin!(join_all(counted));
    testbed::eventually(SOON, "the warm-ups end", async || {
        while world.clock.waiting() == running.get() && running.get() > 0 {
            world.clock.advance(10 * MS);
            let _not_yet = drop_after(0, reports.as_mut()).await;
        }
        drop_after(0, reports.as_mut()).await
    })
    .await
}

/// No more than 10 loads in any tenth of a second, and a batch: what 100 a second allow.
fn assert_pace(loads: &[(String, Duration)]) {
    for (first, (_, from)) in loads.iter().enumerate() {
        let soon = loads[first..]
            .iter()
            .take_while(|(_, at)| *at < *from + 100 * MS);
        let soon = soon.count();
        assert!(
            soon <= 10,
            "{soon} loads began within 100 ms from {from:?} on, at a rate of 100 a second in batches of 10"
        );
    }
}

#[tokio::test]
async fn inv10_a_warm_up_keeps_its_pace_and_its_order() {
    let world = World::new().await;
    let cache = world.instance();
    for key in 0..45 {
        world.source.gives(&key.to_string(), number(key));
    }
    let mut wanted = keys(45);
    wanted.reverse();
    let report = at_pace(&world, [cache.warm_up(wanted)]).await.remove(0);
    assert_eq!((report.loaded, report.there), (45, 0));
    assert!(report.failed.is_empty() && report.left_out.is_empty());
    let loads = world.source.all_loads();
    assert_pace(&loads);
    let batches: Vec<Vec<u32>> = loads
        .chunks(10)
        .map(|batch| {
            let mut batch: Vec<u32> = batch.iter().map(|(key, _)| key.parse().unwrap()).collect();
            batch.sort_unstable();
            batch
        })
        .collect();
    assert_eq!(batches.concat(), (0..45).collect::<Vec<u32>>());
    for key in [0, 44] {
        assert_eq!(world.stored(&key.to_string()).await, Some(number(key)));
    }
}

#[tokio::test]
async fn inv10_two_warm_ups_of_an_instance_share_its_pace() {
    let world = World::new().await;
    let cache = world.instance();
    let others: Vec<Wanted> = keys(20)
        .into_iter()
        .map(|wanted| Wanted {
            key: format!("other {}", wanted.key),
            ..wanted
        })
        .collect();
    let both = [cache.warm_up(keys(20)), cache.warm_up(others)];
    for report in at_pace(&world, both).await {
        assert_eq!(report.loaded, 20);
    }
    assert_pace(&world.source.all_loads());
}

#[tokio::test]
async fn inv10_keys_that_failed_and_keys_without_room_are_named() {
    let world = World::new().await;
    let mut config = world.config();
    config.warm_up = WarmUp::new(10, 23).unwrap();
    let cache = world.instance_with(config);
    world.source.does("3", Does::Fails("no such row"));
    world.source.does("12", Does::Panics);
    let report = at_pace(&world, [cache.warm_up(keys(25))]).await.remove(0);
    assert_eq!((report.loaded, report.there), (21, 0));
    assert_eq!(report.left_out, ["23", "24"]);
    assert_eq!(failed(&report), ["3", "12"]);
    assert_eq!(
        report.failed[0].1.to_string(),
        "the load failed: no such row"
    );
    assert!(matches!(report.failed[1].1, Error::LoadLost));
}

/// Redis goes away during the first of two batches.
#[tokio::test]
async fn inv10_a_batch_that_failed_is_named() {
    let redis = testbed::redis().own().await.unwrap();
    let proxy = testbed::proxy(redis.addr(), 20).await.unwrap();
    let world = World::over(&redis);
    let cache = world.instance_behind(&proxy);
    world.source.hold();
    let cut = async {
        world.source.has_begun("9", 1).await;
        proxy.cut();
        world.source.release();
    };
    let warm_up = at_pace(&world, [cache.warm_up(keys(20))]);
    let (mut reports, ()) = join(warm_up, cut).await;
    let report = reports.remove(0);
    let named = report.failed.len();
    assert_eq!(
        named, 20,
        "20 keys were to be warmed up, none is in Redis, and the report names {named}"
    );
    assert_eq!((report.loaded, report.there), (0, 0));
    // A Redis that is not there is no reason to ask the source.
    assert_eq!(world.source.all_loads().len(), 10);
}

#[tokio::test]
async fn inv10_what_another_instance_has_warmed_up_costs_no_load() {
    let world = World::new().await;
    let (one, two) = (world.instance(), world.instance());
    let _reports = at_pace(&world, [one.warm_up(keys(15))]).await;
    let before = world.clock.now();
    let report = two.warm_up(keys(20)).await;
    assert_eq!((report.there, report.loaded), (15, 5));
    assert_eq!((two.stats().loads, world.clock.now()), (5, before));
    assert_eq!(two.warm_up(keys(20)).await.there, 20);
}

/// A cold key is loaded by a reader who keeps nothing, and the warm-up joins that load: kept all the same.
#[tokio::test]
async fn inv10_a_load_that_was_joined_is_kept() {
    let world = World::new().await;
    let cache = world.instance();
    world.source.gives("0", number(7));
    world.cool(&cache, "0").await;
    let before = world.source.loads("0");
    world.source.hold();
    let reader = begun(cache.get("0")).await;
    world.source.has_begun("0", before + 1).await;
    let release = async {
        testbed::eventually(SOON, "the warm-up has asked Redis", async || {
            (cache.stats().redis_gets > 1).then_some(())
        })
        .await;
        world.source.release();
    };
    let (report, ()) = join(cache.warm_up(keys(1)), release).await;
    assert_eq!(reader.await.unwrap(), number(7));
    assert_eq!((report.loaded, report.failed.len()), (1, 0));
    assert_eq!(world.stored("0").await, Some(number(7)));
}

/// A read began while its key was hot, and ended when it no longer was.
#[tokio::test]
async fn inv11_a_read_that_outlasts_its_class_leaves_no_copy() {
    let world = World::new().await;
    let cache = world.instance();
    world.source.gives("k", number(1));
    world.heat(&cache, "k").await;
    cache.delete("k").await.unwrap();
    let loads = world.source.loads("k");
    world.source.hold();
    let hot = begun(cache.get("k")).await;
    assert_eq!(cache.place("k"), Place::LocalAndRedis);
    world.clock.advance(20 * SECOND);
    let cold = begun(cache.get("k")).await;
    assert_ne!(cache.place("k"), Place::LocalAndRedis);
    let ended = async {
        world.source.has_begun("k", loads + 1).await;
        world.source.release();
    };
    let (hot, cold, ()) = tokio::join!(hot, cold, ended);
    assert_eq!((hot.unwrap(), cold.unwrap()), (number(1), number(1)));
    assert_eq!(
        cache.stats().local_entries,
        0,
        "the key is not hot, and would be answered by this copy once it is again"
    );
}
