//! Words that are no names: what may stand before a parenthesis, and before a sign.
//!
//! Not MySQL's list of reserved words: of those, only what changes how a shape is written.

/// What a word means for what follows it.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    /// A name, of a function perhaps: `count(` and `a - 1`.
    Name,
    /// Something that an expression follows: `and (`, `and -1`.
    Before,
    /// `in`: a list may follow.
    In,
    /// `values`: rows may follow.
    Values,
    /// `null`.
    Null,
    /// `true` and `false`.
    Truth,
    /// `is`, after which those are no literals.
    Is,
    /// `not`.
    Not,
    /// `limit`: of its numbers one is kept.
    Limit,
    /// `asc`: what is said by leaving it out.
    Asc,
    /// `select`.
    Select,
    /// `union`.
    Union,
    /// `order`, which ends the last SELECT of a UNION.
    Order,
    /// `into` and `table`: a table follows, and its columns in a parenthesis.
    Table,
}

/// What a word in lower case is.
pub(super) fn keyword(word: &[u8]) -> Keyword {
    use Keyword::{
        Asc, Before, In, Is, Limit, Name, Not, Null, Order, Select, Table, Truth, Union, Values,
    };
    // By length first: most words are names, and are told from keywords by that and one or two comparisons.
    match word.len() {
        2 => match word {
            b"in" => In,
            b"is" => Is,
            b"or" | b"on" | b"as" | b"by" => Before,
            _ => Name,
        },
        3 => match word {
            b"not" => Not,
            b"asc" => Asc,
            b"and" | b"xor" | b"set" | b"any" | b"all" | b"key" | b"div" | b"mod" => Before,
            _ => Name,
        },
        4 => match word {
            b"null" => Null,
            b"true" => Truth,
            b"into" => Table,
            b"from" | b"join" | b"like" | b"when" | b"then" | b"else" | b"case" | b"some"
            | b"with" | b"over" => Before,
            _ => Name,
        },
        5 => match word {
            b"limit" => Limit,
            b"false" => Truth,
            b"union" => Union,
            b"order" => Order,
            b"table" => Table,
            b"value" => Values,
            b"where" | b"using" | b"rlike" | b"index" => Before,
            _ => Name,
        },
        6 => match word {
            b"values" => Values,
            b"select" => Select,
            b"having" | b"exists" | b"regexp" | b"offset" | b"return" | b"escape" => Before,
            _ => Name,
        },
        7 => match word {
            b"between" | b"against" => Before,
            _ => Name,
        },
        8 => match word {
            b"distinct" | b"interval" => Before,
            _ => Name,
        },
        9 => match word {
            b"partition" | b"recursive" | b"intersect" => Before,
            _ => Name,
        },
        _ => match word {
            b"straight_join" => Before,
            _ => Name,
        },
    }
}
