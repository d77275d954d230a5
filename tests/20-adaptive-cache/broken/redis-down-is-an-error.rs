//! Redis does not answer, so neither does the cache: it has made the service depend on what should have made it faster.
// ANCHOR: stage5_fetch
let stamp = self.memory.stamp(&key);
let seen = match place {
    Place::LocalAndRedis | Place::Redis => self.look(&key).await,
    Place::Nowhere => Seen::NotAsked,
};
if let Seen::Unknown(error) = seen {
    return Err(error);
}
if let Seen::Value(value) = seen {
    if let Some(ttl) = self.memory.keep(place, &value).local {
        self.memory.keep_copy(&key, &value, ttl, stamp);
    }
    let kept = Kept::There;
    return Ok(Fetched { value, kept });
}
let value = self.load(&key).await?;
let kept = self.keep(&key, place, &value, seen, stamp).await;
Ok(Fetched { value, kept })
// ANCHOR_END: stage5_fetch
