//! A budget that callers share, and the token of a retry that has not started yet.
//!
//! Why a token and not only a number: between the decision to retry and the retry lies a wait, in which the caller may go away or the
//! deadline may pass. A token that was taken and not used goes back by itself.

use std::sync::Arc;

use crate::core::budget::{self, Income, Withdrawal};

use super::clock::Clock;

/// A budget, shared by everybody who has a clone of it: usually one for each downstream service.
#[derive(Clone, Debug)]
pub struct Budget {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    core: budget::Budget,
    clock: Clock,
}

/// A retry that is paid for. Dropped unspent, it pays itself back.
#[derive(Debug)]
#[must_use]
pub struct Token {
    budget: Option<Budget>,
}

impl Budget {
    /// A budget with what one second brings.
    #[must_use]
    pub fn new(income: Income) -> Self {
        Self {
            shared: Arc::new(Shared {
                core: budget::Budget::new(income),
                clock: Clock::start(),
            }),
        }
    }

    /// A call starts.
    pub fn deposit(&self) {
        self.shared.core.deposit();
    }

    /// The token of one retry, if there is one.
    #[must_use]
    pub fn withdraw(&self) -> Option<Token> {
        // ANCHOR: stage4_token
        todo!("stage 4: token")
        // ANCHOR_END: stage4_token
    }

    /// Whole tokens that are there, without what the time since the last withdrawal has brought.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.shared.core.tokens()
    }
}

impl Token {
    /// The token of a call without a budget.
    pub(crate) fn free() -> Self {
        Self { budget: None }
    }

    /// The retry starts: the token is gone.
    pub fn spend(mut self) {
        self.budget = None;
    }
}

// ANCHOR: token_drop
impl Drop for Token {
    fn drop(&mut self) {
        if let Some(budget) = &self.budget {
            budget.shared.core.give_back();
        }
    }
}
// ANCHOR_END: token_drop
