//! The lab's figures on real servers: what the reference promises, beside the limit and a broken design.
//!
//! `cargo bench -p seckill-solution --features bench --bench services -- [--json] [--save] [--force]`
//!
//! Not criterion: it runs one thing after another, and between two runs of a minute a shared machine is another machine. Here the
//! things compared take turns in one process (`measure.rs`). `--save` writes book/data/16-seckill/bench.json, and only from a
//! machine that is idle; `--force` writes all the same, and the file says so.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to its terminal"
)]

use std::process::ExitCode;
use std::time::Duration;

use seckill::core::ids::UnixMillis;
use seckill::core::sale::Sale;
use seckill::shell::clock::Clock;
use seckill::shell::conn::Conn;
use seckill::shell::ledger::Ledger;
use seckill::shell::stock::Stock;

#[path = "bench/crowd.rs"]
mod crowd;
#[path = "bench/http.rs"]
mod http;
#[path = "bench/limiters.rs"]
mod limiters;
#[path = "bench/lock.rs"]
mod lock;
#[path = "bench/machine.rs"]
mod machine;
#[path = "bench/measure.rs"]
mod measure;
#[path = "bench/report.rs"]
mod report;
#[path = "bench/stock.rs"]
mod stock;

use machine::Machine;
use report::Report;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A sale that opened an hour ago and closes in an hour.
fn sale(stock: u32, buckets: u16) -> Sale {
    let now = Clock::start().wall().0;
    let hours = (UnixMillis(now - 3_600_000), UnixMillis(now + 3_600_000));
    let pay_within = Duration::from_secs(900);
    Sale::new(
        "bench".parse().expect("a name"),
        stock,
        buckets,
        hours,
        pay_within,
    )
    .expect("terms that make sense")
}

// One thread for the client: the other core is Redis's, or the HTTP server's.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (mut json, mut save, mut force) = (false, false, false);
    for arg in std::env::args().skip(1) {
        match arg.as_str() {
            "--json" => json = true,
            "--save" => save = true,
            "--force" => force = true,
            // What cargo itself says to a bench.
            "--bench" => {}
            _ => {
                eprintln!("usage: [--json] [--save] [--force]");
                return ExitCode::from(2);
            }
        }
    }
    let machine = Machine::look();
    if save
        && !force
        && let Some(why) = machine.too_busy()
    {
        eprintln!("nothing is measured: {why}");
        return ExitCode::FAILURE;
    }
    let report = match measure(machine).await {
        Ok(report) => report,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    if json {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.table());
    }
    if save && let Err(error) = report.save() {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

async fn measure(machine: Machine) -> Result<Report> {
    // Shared servers have other guests; this one has none, and keeps its promises as a sale's would: fsync every second.
    let redis = testbed::redis()
        .own()
        .appendfsync(testbed::AppendFsync::Everysec)
        .await?;
    let mysql = testbed::mysql().await?;
    let mut report = Report {
        machine,
        services: vec![("redis", redis_version(redis.url()).await?)],
        figures: Vec::new(),
    };
    limiters::local(&mut report);
    stock::run(&redis, &mut report).await?;
    limiters::shared(&redis, &mut report).await?;
    let ledger = Ledger::connect(mysql.url(), 1).await?;
    let stock = Stock::new(
        Conn::single(redis.url()).await?,
        "http:",
        http::sold_out_sale(),
    );
    http::run(stock, ledger, &mut report).await?;
    Ok(report)
}

async fn redis_version(url: &str) -> Result<String> {
    let info: String = redis::cmd("INFO")
        .arg("server")
        .query_async(&mut Conn::single(url).await?)
        .await?;
    let version = info
        .lines()
        .find_map(|line| line.strip_prefix("redis_version:"));
    Ok(version.unwrap_or("unknown").to_owned())
}
