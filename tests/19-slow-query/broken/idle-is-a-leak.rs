//! Takes every connection that is open and does nothing for one that somebody forgot: a pool that rests is reported all night.
// ANCHOR: stage5_findings
let mut found = Vec::new();
if snapshot.idle > 0 {
    found.push(Finding::Leak {
        place: "the pool".to_owned(),
        connections: u64::from(snapshot.idle),
        longest: snapshot.watched,
    });
}
let share = snapshot.saturation();
if share >= limits.saturation {
    found.push(Finding::Saturated { share });
}
let longest = snapshot.waiting.iter().copied().fold(snapshot.longest_wait, Duration::max);
if longest > limits.wait || longest > limits.held {
    found.push(Finding::Waiters { now: snapshot.waiting.len() as u64, longest });
}
found
// ANCHOR_END: stage5_findings
