//! The sketch writes to Redis, does not look at what Redis says, and reports success.
// ANCHOR: stage5_put
let keep = self.0.memory.keep(self.0.memory.place(key), &value);
let write = self.0.begin_write(key);
let _ignored = match keep.redis {
    Some(ttl) => self.0.store.set(key, &value.encode()?, ttl).await,
    None => self.0.store.bury(key).await.map(drop),
};
write.taken(keep.local.map(|ttl| (value, ttl)));
Ok(())
// ANCHOR_END: stage5_put
