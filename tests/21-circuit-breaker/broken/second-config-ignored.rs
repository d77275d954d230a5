//! Whoever comes second gets the breaker that is there, whatever it asked for: thresholds that nobody wrote down for it.
// ANCHOR: stage5_get
check_name(name)?;
let mut breakers = self.lock();
if let Some(breaker) = breakers.get(name) {
    return Ok(Arc::clone(breaker));
}
if breakers.len() >= self.most {
    return Err(RegistryError::Full(self.most));
}
let breaker = Arc::new(self.make(name, config));
breakers.insert(name.to_owned(), Arc::clone(&breaker));
Ok(breaker)
// ANCHOR_END: stage5_get
