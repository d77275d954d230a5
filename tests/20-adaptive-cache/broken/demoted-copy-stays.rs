//! A key that is no longer hot is read in Redis. Its copy stays where it is, and waits until the key is hot again.
// ANCHOR: stage5_observe
let (hash, now) = (self.hash(key).bits(), self.clock.now());
let mut inner = self.lock();
let rate = inner.traffic.record(hash, now);
inner.classifier.observe(hash, rate, now)
// ANCHOR_END: stage5_observe
