//! `testbed up [SERVICE ..] [--json]` starts the shared servers and prints where they are; `testbed sweep` removes
//! what dead tests left; `testbed own SERVICE` starts a server of one's own, to try things on, and ends it with
//! itself. `cargo lab up` calls it. Stopping is `cargo lab down`, which needs no clients and no build.
#![allow(clippy::print_stdout, clippy::print_stderr)] // a command speaks

use std::collections::BTreeMap;
use std::process::ExitCode;

use futures_util::future::join_all;
use testbed::{Error, Shared};

const USAGE: &str = "usage: testbed up [redis|redis-cluster|mysql|kafka ..] [--json]\n       \
                     testbed own redis|redis-cluster|mysql|kafka\n       testbed sweep";

#[tokio::main]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["up", rest @ ..] => up(rest).await,
        ["own", name] => match named(name) {
            Some(service) => match own(service).await {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => failed(&error),
            },
            None => usage(),
        },
        ["sweep"] => match testbed::sweep().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error),
        },
        _ => usage(),
    }
}

/// All at the same time; one that fails does not keep the others from starting.
async fn up(args: &[&str]) -> ExitCode {
    let json = args.contains(&"--json");
    let mut wanted = Vec::new();
    for name in args.iter().filter(|arg| **arg != "--json") {
        let Some(shared) = Shared::ALL
            .into_iter()
            .find(|shared| shared.name() == *name)
        else {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        };
        wanted.push(shared);
    }
    if wanted.is_empty() {
        wanted.extend(Shared::ALL);
    }
    let started = join_all(wanted.iter().map(|shared| testbed::up(*shared))).await;
    let mut exit = ExitCode::SUCCESS;
    let mut running = BTreeMap::new();
    for (shared, addresses) in wanted.iter().zip(started) {
        match addresses {
            Ok(addresses) => {
                running.insert(shared.name(), addresses);
            }
            Err(error) => exit = failed(&error),
        }
    }
    if json {
        println!("{}", serde_json::json!(running));
    } else {
        for (name, addresses) in running {
            println!("{name:<14} {}", addresses.join(" "));
        }
    }
    exit
}

/// Until Ctrl-C, or until standard input ends: the server goes with the handle, and the handle with this function.
async fn own(service: Shared) -> Result<(), Error> {
    match service {
        Shared::Redis => {
            let redis = testbed::redis().own().await?;
            hold(redis.url());
        }
        Shared::RedisCluster => {
            let cluster = testbed::redis_cluster().own().await?;
            hold(&cluster.urls().join(" "));
        }
        Shared::Mysql => {
            let mysql = testbed::mysql().own().await?;
            hold(mysql.url());
        }
        Shared::Kafka => {
            let kafka = testbed::kafka().own().await?;
            hold(kafka.brokers());
        }
    }
    Ok(())
}

fn hold(address: &str) {
    println!("{address}");
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}

fn named(name: &str) -> Option<Shared> {
    Shared::ALL.into_iter().find(|shared| shared.name() == name)
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

fn failed(error: &Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}
