//! Nothing is nothing to keep: each request for a key that does not exist goes to the source.
// ANCHOR: stage5_keep
let shortened = |ttl: Duration| Some(self.shortened(ttl, dice));
match (place, value) {
    (Place::Nowhere, _) | (_, Value::Absent) => Keep::default(),
    (Place::LocalAndRedis, _) => Keep {
        local: shortened(self.local),
        redis: shortened(self.redis),
    },
    (Place::Redis, _) => Keep {
        local: None,
        redis: shortened(self.redis),
    },
}
// ANCHOR_END: stage5_keep
