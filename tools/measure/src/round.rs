//! Figures for reading: three digits that mean something, and no more than a spread can carry.

/// `7.35 M`, `91.3 k`, `117`, `8.45`, `0.99`, `0.035`.
#[must_use]
pub fn round(value: f64) -> String {
    // What a unit below would round up to belongs to the unit above: never `1000 k`.
    match value.abs() {
        size if size >= 999_950.0 => format!("{:.2} M", value / 1e6),
        size if size >= 999.5 => format!("{:.1} k", value / 1e3),
        size if size >= 19.995 => format!("{value:.0}"),
        size if size >= 0.0995 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::round;

    #[test]
    fn three_digits_at_every_size() {
        let rounded = [
            (7_354_474.04, "7.35 M"),
            (91_309.03, "91.3 k"),
            (116.505, "117"),
            (19.99, "19.99"),
            (8.451, "8.45"),
            (0.034_79, "0.035"),
            (0.0, "0.00"),
            (-0.5, "-0.50"),
        ];
        for (value, text) in rounded {
            assert_eq!(round(value), text);
        }
    }

    #[test]
    fn a_unit_ends_where_the_next_begins() {
        assert_eq!(round(999_949.0), "999.9 k");
        assert_eq!(round(999_960.0), "1.00 M");
        assert_eq!(round(999.4), "999");
        assert_eq!(round(999.6), "1.0 k");
        assert_eq!(round(19.996), "20");
        assert_eq!(round(0.0996), "0.10");
    }
}
