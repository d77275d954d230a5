//! Takes the time to live for a time to idle: a value that is read within its last minute has another one.
// ANCHOR: stage2_get
let hash = self.hasher.hash(key);
self.sketch.record(hash);
let Some(slot) = self.find(hash, key) else {
    self.count_miss(hash);
    return None;
};
if self.has_expired(slot, Moment::at(now)) {
    self.drop_expired(slot);
    self.count_miss(hash);
    return None;
}
let prolonged = Moment::at(now + Duration::from_secs(60));
if self.entries[slot].expires != Moment::NEVER && self.entries[slot].expires < prolonged {
    self.entries[slot].expires = prolonged;
    self.expiries.push(prolonged, slot);
}
self.stats.hits += 1;
self.on_hit(slot);
Some(&self.entries[slot].value)
// ANCHOR_END: stage2_get
