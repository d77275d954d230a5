//! Each batch has its place in a timetable. Whoever is late may begin at once, until the timetable is made up for.
// ANCHOR: stage5_take
if now < self.next {
    return Pace::Wait { until: self.next };
}
self.next = self.next.saturating_add(self.time_for(loads));
Pace::Go
// ANCHOR_END: stage5_take
