//! Competes with the first that would have to go, and lets as many go as it takes.
// ANCHOR: stage2_compete
let Entry { hash, weight, .. } = self.entries[candidate];
let needed = self.over().min(u64::from(weight));
let Some(victim) = self.victim_after(None, candidate) else {
    return self.reject(candidate);
};
let asked = u64::from(self.sketch.estimate(self.entries[victim].hash));
match decide(self.sketch.estimate(hash), asked) {
    Admission::Admit => self.admit(candidate, needed),
    Admission::Reject => self.reject(candidate),
}
// ANCHOR_END: stage2_compete
