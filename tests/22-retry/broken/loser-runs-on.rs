//! `join`: runs both to their ends and takes the one that was faster. The loser is not cancelled, and the caller waits for it.
// ANCHOR: stage5_race
let mut first = pin!(first);
tokio::select! {
    biased;
    result = &mut first => return Finish { result, winner: Winner::Alone, cancelled: false },
    () = tokio::time::sleep(delay) => {}
}
let Some(hedge) = hedge() else {
    let result = first.await;
    return Finish { result, winner: Winner::Alone, cancelled: false };
};
let finished = std::sync::atomic::AtomicBool::new(false);
let place = |result: R| (result, finished.swap(true, std::sync::atomic::Ordering::SeqCst));
let (first, hedge) = tokio::join!(async { place(first.await) }, async { place(hedge.await) });
let (early, late) = if first.1 {
    ((hedge.0, Winner::Hedge), (first.0, Winner::First))
} else {
    ((first.0, Winner::First), (hedge.0, Winner::Hedge))
};
let (result, winner) = match judge(answer(&early.0)) {
    Race::Settled => early,
    Race::WaitForOther => late,
};
Finish { result, winner, cancelled: false }
// ANCHOR_END: stage5_race
