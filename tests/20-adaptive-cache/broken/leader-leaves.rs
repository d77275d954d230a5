//! Whoever comes first loads in its own future: if it goes away, the load goes with it.
// ANCHOR: stage5_run
let (seat, pilot) = self.board(key);
let Some(mut pilot) = pilot else {
    return (seat.outcome().await, true);
};
pilot.take_off().await;
let outcome = work.await;
pilot.land(outcome.clone());
(outcome, false)
// ANCHOR_END: stage5_run
