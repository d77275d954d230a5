//! One comes in, one goes: that is right as long as all weigh the same.
// ANCHOR: stage2_make_room
while self.over() > 0 && self.expire_one(now) {}
let candidate = self.limit_window();
if self.over() == 0 {
    return 0;
}
let Some(candidate) = candidate else {
    return 0;
};
let Some(victim) = self.victim_after(None, candidate) else {
    return self.reject(candidate);
};
let frequency = self.sketch.estimate(self.entries[candidate].hash);
let asked = self.sketch.estimate(self.entries[victim].hash);
match decide(frequency, u64::from(asked)) {
    Admission::Admit => {
        self.stats.admitted += 1;
        self.evict(victim);
        1
    }
    Admission::Reject => self.reject(candidate),
}
// ANCHOR_END: stage2_make_room
