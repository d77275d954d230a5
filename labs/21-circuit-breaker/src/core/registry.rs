//! The breakers of a process, by name: two parts of a program that call the same downstream share what they learn of it.
//!
//! Why a name that is taken with another configuration is an error: whoever comes second would get thresholds that it did not ask for, and
//! nobody would see it. Why there is a bound: a name that is made of a request (a host, a tenant) would fill the memory and the metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::breaker::Breaker;
use super::clock::Clock;
use super::config::Config;
use super::error::RegistryError;
use super::machine::Transition;
use super::metrics;

/// Hears of every change of state of every breaker, with its name.
pub type Listener = Arc<dyn Fn(&str, &Transition) + Send + Sync>;

/// Breakers by name.
pub struct Registry<C> {
    clock: C,
    most: usize,
    listener: Option<Listener>,
    breakers: Mutex<BTreeMap<String, Arc<Breaker<C>>>>,
}

impl<C: Clock + Clone> Registry<C> {
    /// No breakers yet, and at most `most`.
    #[must_use]
    pub fn new(clock: C, most: usize) -> Self {
        Self {
            clock,
            most,
            listener: None,
            breakers: Mutex::default(),
        }
    }

    /// The same, heard by `listener`.
    #[must_use]
    pub fn with_listener(mut self, listener: Listener) -> Self {
        self.listener = Some(listener);
        self
    }

    /// The breaker of this name: the one that is there, or a new one.
    ///
    /// # Errors
    /// [`RegistryError`] if the name is no name, is taken with another configuration, or is one too many.
    pub fn get(&self, name: &str, config: Config) -> Result<Arc<Breaker<C>>, RegistryError> {
        // ANCHOR: stage5_get
        todo!("stage 5: get")
        // ANCHOR_END: stage5_get
    }

    /// The breaker of this name, if there is one: what an operator asks.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Arc<Breaker<C>>> {
        self.lock().get(name).cloned()
    }

    /// All of them, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Breaker<C>>> {
        self.lock().values().cloned().collect()
    }

    /// The metrics of all of them, as Prometheus reads them.
    #[must_use]
    pub fn metrics(&self) -> String {
        metrics::render(
            self.all()
                .iter()
                .map(|breaker| (breaker.name(), breaker.snapshot())),
        )
    }

    fn make(&self, name: &str, config: Config) -> Breaker<C> {
        let breaker = Breaker::new(name, config, self.clock.clone());
        match self.listener.clone() {
            None => breaker,
            Some(listener) => {
                let name = name.to_owned();
                breaker.with_listener(Box::new(move |transition| listener(&name, transition)))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Breaker<C>>>> {
        self.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check_name(name: &str) -> Result<(), RegistryError> {
    let length = name.chars().count();
    if (1..=64).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(RegistryError::Name(name.to_owned()))
}
