//! A process of the sale: `seckill serve`, `seckill consume` or `seckill reconcile`, configured by the environment
//! (see [`seckill::shell::config`]). Ctrl-C ends it; `kill -9` may, at any moment, and loses nothing.
#![allow(dead_code, unused_imports, unused_mut, unused_variables, clippy::todo)]
#![allow(clippy::print_stderr, reason = "a command speaks to its terminal")]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use seckill::core::limiter::Limiter;
use seckill::shell::clock::Clock;
use seckill::shell::config::Config;
use seckill::shell::conn::Conn;
use seckill::shell::consumer::{OrderConsumer, Source};
use seckill::shell::error::Error;
use seckill::shell::http::{App, router};
use seckill::shell::keys::Keys;
use seckill::shell::ledger::Ledger;
use seckill::shell::limiter::{Admission, SharedLimiter};
use seckill::shell::orders::Publisher;
use seckill::shell::reconciler::Reconciler;
use seckill::shell::service::Seckill;
use seckill::shell::stock::Stock;

/// How often an instance looks whether a unit has come back.
const REFRESH: Duration = Duration::from_millis(200);
/// How often the reconciler looks for what is unfinished.
const RECONCILE: Duration = Duration::from_secs(1);
/// How often it looks for claims that Redis has forgotten: it reads every active order, and fail-overs are rare.
const REPAIR: Duration = Duration::from_secs(60);
/// A produce that takes longer than this has an unknown outcome.
const PUBLISH_WITHIN: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let usage = "usage: seckill serve|consume|reconcile";
    let mut args = std::env::args().skip(1);
    let (Some(role), None) = (args.next(), args.next()) else {
        eprintln!("{usage}");
        return ExitCode::from(2);
    };
    let config = match Config::read(|name| std::env::var(name).ok()) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("seckill: {error}");
            return ExitCode::from(2);
        }
    };
    let done = match role.as_str() {
        "serve" => serve(config).await,
        "consume" => consume(config).await,
        "reconcile" => reconcile(config).await,
        other => {
            eprintln!("seckill: no role {other:?}; {usage}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seckill: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    let (stock, ledger) = open(&config).await?;
    stock
        .warm_up(&ledger.all_active(config.sale.id()).await?)
        .await?;
    let own = Limiter::new(config.limit);
    let admission = if config.limit_shared {
        let keys = Keys::new(&config.prefix, config.sale.id(), config.sale.buckets());
        Admission::Shared {
            store: SharedLimiter::new(connect(&config).await?, keys, config.limit),
            fallback: own,
        }
    } else {
        Admission::PerInstance(own)
    };
    let seckill = Arc::new(Seckill::new(stock, admission, publisher(&config)?));
    let refreshed = Arc::clone(&seckill);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(REFRESH);
        loop {
            ticks.tick().await;
            if let Err(error) = refreshed.refresh().await {
                tracing::warn!(%error, "the gates stay as they are");
            }
        }
    });
    let listener = tokio::net::TcpListener::bind(config.listen).await?;
    tracing::info!(listen = %listener.local_addr()?, "serving");
    axum::serve(listener, router(App { seckill, ledger }))
        .with_graceful_shutdown(interrupted())
        .await?;
    Ok(())
}

async fn consume(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    let ledger = Ledger::connect(&config.mysql, 2).await?;
    let source = Source {
        brokers: config.brokers.clone(),
        topic: config.topic.clone(),
        group: config.group.clone(),
        instance: config.instance.clone(),
    };
    let consumer = OrderConsumer::new(&source, config.sale.clone(), ledger, publisher(&config)?)?;
    Ok(consumer.run(interrupted()).await?)
}

async fn reconcile(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    let (stock, ledger) = open(&config).await?;
    let reconciler = Reconciler::new(stock, ledger, publisher(&config)?, config.patience);
    let clock = Clock::start();
    let (mut passes, mut repairs) = (
        tokio::time::interval(RECONCILE),
        tokio::time::interval(REPAIR),
    );
    let stop = interrupted();
    tokio::pin!(stop);
    loop {
        let done = tokio::select! {
            () = &mut stop => return Ok(()),
            _ = repairs.tick() => reconciler.repair().await.map(|restored| tracing::info!(restored, "repair")),
            _ = passes.tick() => reconciler.pass(clock.wall()).await.map(|report| tracing::info!(?report, "pass")),
        };
        match done {
            Ok(()) => {}
            Err(error) if error.retryable() => tracing::warn!(%error, "the next one goes on"),
            Err(error) => return Err(error.into()),
        }
    }
}

async fn open(config: &Config) -> Result<(Stock, Ledger), Error> {
    let ledger = Ledger::connect(&config.mysql, 8).await?;
    ledger.prepare(&config.sale).await?;
    Ok((
        Stock::new(connect(config).await?, &config.prefix, config.sale.clone()),
        ledger,
    ))
}

async fn connect(config: &Config) -> Result<Conn, Error> {
    match config.redis.as_slice() {
        [one] => Ok(Conn::single(one).await?),
        nodes => Ok(Conn::cluster(nodes).await?),
    }
}

fn publisher(config: &Config) -> Result<Publisher, Error> {
    Publisher::new(
        &config.brokers,
        &config.topic,
        config.sale.id(),
        PUBLISH_WITHIN,
    )
}

async fn interrupted() {
    // If the signal cannot be awaited there is nobody to tell, and running on is the safe side.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
