//! One design: starts its four processes, sends the load, changes the dependency's mood on time, and collects what everybody has counted.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use fastrand::Rng;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::http;
use crate::process::Process;
use crate::scenario::{AGAIN, Design, LAYERS, PATIENCE, Scenario, TIMEOUTS};
use crate::tally::{Arrival, Ledger, Run, Seen, Worked};

/// Runs it.
///
/// # Errors
/// A process does not start, or does not answer when it is asked what it has counted.
pub async fn run(seed: u64, design: Design, scenario: &Scenario) -> io::Result<Run> {
    let alive = Clock::start();
    let dependency = Process::dependency(seed, scenario.workers)?;
    let mut layers = Vec::new();
    let mut next = dependency.addr;
    for number in (0..LAYERS).rev() {
        let layer = Process::layer(seed, next, design.retries(number), TIMEOUTS[number])?;
        next = layer.addr;
        layers.insert(0, layer);
    }

    let calls = scenario.schedule(&mut Rng::with_seed(seed));
    let began = dependency.ask("/mood/well").await?;
    let clock = Clock::start();
    let offset = micros(&began, "now_us")?;
    let (seen, moods) = tokio::join!(
        send(clock, next, calls),
        weather(clock, &dependency, scenario)
    );
    let (begins, at_recovery) = moods?;

    let log = dependency.ask("/log").await?;
    let arrivals = log["arrivals"].as_array().map(Vec::as_slice);
    let arrivals = arrivals.unwrap_or_default().iter();
    let arrivals = arrivals.filter_map(Arrival::read).map(|arrival| Arrival {
        at: arrival.at.saturating_sub(offset),
        ..arrival
    });
    let (before, after) = (Worked::read(&at_recovery)?, Worked::read(&log)?);
    let mut ledgers = Vec::new();
    for layer in &layers {
        ledgers.push(Ledger::read(&layer.ask("/log").await?)?);
    }
    Ok(Run {
        seen,
        arrivals: arrivals.collect(),
        begins,
        ledgers,
        alive: alive.now(),
        after_recovery: after.since(before),
    })
}

/// The crowd: each call at its moment, whatever became of those before it.
async fn send(clock: Clock, addr: SocketAddr, calls: Vec<Duration>) -> Vec<Seen> {
    let mut crowd = JoinSet::new();
    for (id, at) in calls.into_iter().enumerate() {
        clock.until(at).await;
        crowd.spawn(async move {
            let path = format!("/call/{id}");
            let left = (at + PATIENCE).saturating_sub(clock.now());
            let answer = tokio::time::timeout(left, http::get(addr, &path)).await;
            Seen {
                id,
                at,
                took: clock.now() - at,
                ok: matches!(answer, Ok(Ok(answer)) if answer.status == 200),
            }
        });
    }
    let mut seen = crowd.join_all().await;
    seen.sort_by_key(|seen| seen.id);
    seen
}

/// Changes the mood, phase by phase. Gives when each has begun, and the dependency's account of itself when it was well again.
async fn weather(
    clock: Clock,
    dependency: &Process,
    scenario: &Scenario,
) -> io::Result<([Duration; 6], Value)> {
    let mut begins = scenario.begins();
    let mut at_recovery = Value::Null;
    for (index, phase) in scenario.phases.iter().enumerate() {
        clock.until(begins[index]).await;
        let account = dependency
            .ask(&format!("/mood/{}", phase.mood.name()))
            .await?;
        begins[index] = clock.now();
        if index == AGAIN {
            at_recovery = account;
        }
    }
    Ok((begins, at_recovery))
}

fn micros(account: &Value, key: &str) -> io::Result<Duration> {
    let us = account[key].as_u64();
    us.map(Duration::from_micros)
        .ok_or_else(|| io::Error::other(format!("no `{key}` in {account}")))
}
