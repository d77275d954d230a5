//! The shapes of statements that the crowd sends, what each looks like with its literals, and the fingerprint that it must get.
//!
//! The fingerprints are written by hand, from the rules of the lab: what the code under test makes of a statement cannot be what it is
//! judged by. A statement that is explained has no quote in its literals: MariaDB 10.11 writes those into its plans as they are, and such a plan is no
//! JSON, which the report says instead of advice. Every literal is a canary: a text that begins with [`TEXT`], or a number that begins with [`NUMBER`]; no report may hold one.

use chaos::Dice;

/// What every text of a statement holds.
pub const TEXT: &str = "canary";
/// What every number of a statement begins with.
pub const NUMBER: &str = "98765";
/// How many digits it has in all.
const DIGITS: usize = 9;
/// What every date of a statement begins with.
const DATE: &str = "2031-";
/// The first number; rows of the tables have those that follow.
pub const FIRST: u64 = 987_650_000;
/// Rows of `orders`; each has two of `items`.
pub const ORDERS: u64 = 3_000;

/// A shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Finds orders by a column without an index; written in several ways.
    Note,
    /// The same by another column of that table: advice for both is tried one after the other.
    Total,
    /// Of another table.
    Sku,
    /// A function hides an index.
    Day,
    /// A join.
    Join,
    /// A list of hundreds: a statement that is longer than a page of the log's writer.
    List,
    /// Writes a text of several lines, some of which look like those of the log.
    Ledger,
    /// Takes a while: whoever dies, dies in it.
    Wait,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Note,
        Self::Total,
        Self::Sku,
        Self::Day,
        Self::Join,
        Self::List,
        Self::Ledger,
        Self::Wait,
    ];

    /// The fingerprint that every statement of it has.
    #[must_use]
    pub fn fingerprint(self) -> &'static str {
        match self {
            Self::Note => "select id, total from orders where note = ?",
            Self::Total => "select id from orders where total = ?",
            Self::Sku => "select order_id from items where sku = ?",
            Self::Day => "select id, note from orders where date(placed) = ?",
            Self::Join => {
                "select o.id from orders o join items i on i.order_id = o.id where i.line = ? and o.id = ?"
            }
            Self::List => "select count(*) from orders where id in(?+)",
            Self::Ledger => "insert into ledger (mark, words) values(?+)",
            Self::Wait => "select sleep(?), ?",
        }
    }

    /// The shape of that fingerprint.
    #[must_use]
    pub fn of(fingerprint: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|shape| shape.fingerprint() == fingerprint)
    }

    /// How it is called in a history.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Total => "total",
            Self::Sku => "sku",
            Self::Day => "day",
            Self::Join => "join",
            Self::List => "list",
            Self::Ledger => "ledger",
            Self::Wait => "wait",
        }
    }

    /// The shape of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.name() == name)
    }

    /// A statement of it.
    #[must_use]
    pub fn statement(self, dice: &mut Dice) -> String {
        let row = dice.below(ORDERS);
        let number = FIRST + row;
        match self {
            Self::Note => match dice.below(3) {
                0 => format!("SELECT id, total FROM orders WHERE note = '{TEXT} {row}'"),
                1 => format!("select id,total\n  from orders\n where note=\"{TEXT} {row}\""),
                _ => format!(
                    "SELECT id, total /* {TEXT} it's */ FROM orders -- {TEXT}\n WHERE note = '{TEXT} {row}'"
                ),
            },
            Self::Total => format!("SELECT id FROM orders WHERE total = {number}"),
            Self::Sku => format!("SELECT order_id FROM items WHERE sku = '{TEXT}{row}'"),
            Self::Day => format!(
                "SELECT id, note FROM orders WHERE DATE(placed) = '2031-{:02}-{:02}'",
                1 + row % 12,
                1 + row % 28
            ),
            Self::Join => format!(
                "SELECT o.id FROM orders o JOIN items i ON i.order_id = o.id WHERE i.line = 1 AND o.id = {number}"
            ),
            Self::List => {
                let many = dice.within(&(100..=1_500));
                let numbers: Vec<String> = (0..many)
                    .map(|n| (FIRST + (row + n) % ORDERS).to_string())
                    .collect();
                format!(
                    "SELECT COUNT(*) FROM orders WHERE id IN ({})",
                    numbers.join(", ")
                )
            }
            Self::Ledger => format!(
                "INSERT INTO ledger (mark, words) VALUES ({number}, '{TEXT}\n# Time: 310101  1:01:01\n# User@Host: {TEXT}[{TEXT}] @ localhost []\nSET timestamp=1\n; {TEXT}')"
            ),
            Self::Wait => format!(
                "SELECT SLEEP(0.0{}), '{TEXT} ''it''s'",
                dice.within(&(2..=6))
            ),
        }
    }
}

/// Where the first literal of `text` stands, if one does. A number stands alone: the fraction of a mean may have any five digits in it.
#[must_use]
pub fn literal(text: &str) -> Option<usize> {
    let digits = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let alone = |&(at, _): &(usize, &str)| {
        let (before, after) = (&text.as_bytes()[..at], &text.as_bytes()[at..]);
        let fraction = before.last() == Some(&b'.') || digits(before.last());
        !fraction
            && after.len() >= DIGITS
            && after[..DIGITS].iter().all(u8::is_ascii_digit)
            && !digits(after.get(DIGITS))
    };
    let number = text.match_indices(NUMBER).find(alone).map(|(at, _)| at);
    let texts = [TEXT, DATE]
        .into_iter()
        .filter_map(|literal| text.find(literal));
    texts.chain(number).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_found_and_no_fraction_of_a_figure() {
        for (text, at) in [
            ("total = 987650012,", Some(8)),
            ("987650012", Some(0)),
            ("'canary 7'", Some(1)),
            ("placed >= 2031-01-02", Some(10)),
            ("\"mean\": 13.98765482839", None),
            ("0.987654828", None),
            ("1987650012", None),
            ("9876500123", None),
            ("98765001", None),
        ] {
            assert_eq!(literal(text), at, "{text}");
        }
    }

    #[test]
    fn every_literal_is_a_canary() {
        let mut dice = Dice::of(1, "shapes");
        for shape in Shape::ALL {
            for _ in 0..20 {
                let statement = shape.statement(&mut dice);
                let canary = [TEXT, NUMBER, DATE];
                assert!(
                    canary.iter().any(|canary| statement.contains(canary)),
                    "{statement}"
                );
            }
        }
    }
}
