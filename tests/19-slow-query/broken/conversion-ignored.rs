//! A comparison is a comparison: that a text is compared with a number, and so by conversion of every row, is not looked at. The index is
//! made, and the server cannot use it.
// ANCHOR: stage3_role
let _unread = (column, other);
match test {
    Test::IsNull | Test::Equals(_) | Test::Joins(_) => Role::Equality,
    Test::OneOf { .. } => Role::List,
    Test::Range(_) | Test::Prefix => Role::Range,
    Test::IsNotNull | Test::Pattern { .. } | Test::Differs => Role::None,
    Test::InSubquery { .. } | Test::Inside { .. } => Role::None,
}
// ANCHOR_END: stage3_role
