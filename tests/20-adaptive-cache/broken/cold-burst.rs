//! The sketch's cold keys go to the loader directly. Each caller by itself.
// ANCHOR: stage5_get
let place = self.0.observe(key);
if place == Place::Nowhere {
    return self.0.load(key).await;
}
if place == Place::LocalAndRedis
    && let Some(copy) = self.0.copy(key)
{
    return Ok(copy);
}
let fetch = Arc::clone(&self.0).fetch(key.to_owned(), place);
Ok(self.0.join(key, fetch).await?.value)
// ANCHOR_END: stage5_get
