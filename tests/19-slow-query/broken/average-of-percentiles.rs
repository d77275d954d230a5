//! Merges percentiles by their average, weighted by how many statements each is of. Between a server whose statements take a millisecond and one
//! whose take ten seconds there is no average that any statement took.
// ANCHOR: stage2_merge
let all = self.count + other.count;
let mut histogram = Histogram::default();
for rank in 1..=all {
    let per_cent = rank as f64 * 100.0 / all as f64;
    let of = |measure: &Self| measure.percentile(per_cent) as f64 * measure.count as f64;
    histogram.add(((of(self) + of(other)) / all as f64) as u64);
}
self.histogram = histogram;
self.max = self.max.max(other.max);
self.min = if self.count == 0 {
    other.min
} else {
    self.min.min(other.min)
};
self.count = all;
self.total = self.total.saturating_add(other.total);
// ANCHOR_END: stage2_merge
