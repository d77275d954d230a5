//! Records how late the run itself is.
//!
//! Where callers, proxies and the recorder's clock share one thread, whatever holds up a caller holds up the metronome too: a rule about
//! time allows what the metronome was late at that moment, and no more.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep_until};

use crate::recorder::Recorder;

/// Between two beats of the metronome.
pub const BEAT: Duration = Duration::from_millis(5);
/// What a timer may be late without anybody being to blame: tokio counts in milliseconds, and rounds up.
pub const TIMER: Duration = Duration::from_millis(2);

impl Recorder {
    /// Beats for ever, and records each beat that came late.
    pub async fn metronome(&self) {
        loop {
            let due = Instant::now() + BEAT;
            sleep_until(due).await;
            let late = due.elapsed();
            if late > TIMER {
                let late_us = u64::try_from(late.as_micros()).unwrap_or(u64::MAX);
                self.seen(self.now_us(), "late", json!(late_us));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    /// The beats that are recorded when, between two of them, the time stands still and is then `stall` later: when, and how late.
    async fn recorded(stall: Duration) -> Vec<(u64, u64)> {
        let recorder = Recorder::start(&[]);
        let stalled = async {
            recorder.at(11).await;
            advance(stall).await;
            recorder.at(100).await;
        };
        tokio::select! {
            () = recorder.metronome() => {}
            () = stalled => {}
        }
        let seen = recorder.finish(|_| Vec::new()).seen;
        seen.iter()
            .map(|seen| (seen.ended_us, seen.value.as_u64().unwrap()))
            .collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_beat_that_came_late_is_recorded_and_no_other() {
        // Beats come at 5, 10 and 15 ms: the third is due 4 ms after the time stood still.
        assert_eq!(
            recorded(Duration::from_millis(40)).await,
            [(51_000, 36_000)]
        );
        assert_eq!(recorded(Duration::from_millis(7)).await, [(18_000, 3_000)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_timer_may_be_late_is_not_recorded() {
        assert_eq!(recorded(Duration::from_millis(6)).await, []);
        assert_eq!(recorded(Duration::ZERO).await, []);
    }
}
