//! A share of calls, compared without a float.
//!
//! Why not `failures as f64 >= rate * calls as f64`: 0.07 * 100.0 is 7.000000000000001, so 7 failures of 100 would not reach 7 %.
//! A rate is kept as a whole number of millionths, and two products of integers are compared.

use super::error::ConfigError;

/// A threshold: a share of calls above 0 and at most 1, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    millionths: u32,
}

impl Rate {
    /// The whole: every call.
    const WHOLE: u32 = 1_000_000;

    /// `rate` cut to six decimals: two thirds is 0.666666, which 2 calls of 3 reach. `field` is named by the error.
    ///
    /// # Errors
    /// [`ConfigError::Rate`] unless `rate` is a millionth to 1: zero would trip on nothing, more than 1 never; NaN is no share.
    pub fn new(field: &'static str, rate: f64) -> Result<Self, ConfigError> {
        // 0.57 * 1e6 is 569999.9999999999: the thousandth of a millionth lifts what the product has lost, and nothing else.
        let millionths = (rate * f64::from(Self::WHOLE) + 1e-3).floor();
        if millionths >= 1.0 && rate <= 1.0 {
            Ok(Self {
                millionths: millionths as u32,
            })
        } else {
            Err(ConfigError::Rate { field, rate })
        }
    }

    /// Whether `some` of `calls` are at least this share. Exact; `calls` is not zero.
    #[must_use]
    pub fn is_reached(self, some: u64, calls: u64) -> bool {
        // ANCHOR: stage1_is_reached
        todo!("stage 1: is reached")
        // ANCHOR_END: stage1_is_reached
    }

    /// As a share of 1, for people and metrics.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.millionths) / f64::from(Self::WHOLE)
    }
}
