//! A day ends at 23:59:59. What happens in the second after that belongs to no day: a column with parts of a second has such moments.
// ANCHOR: stage4_half_open
let from = |day: Day| Bound { op: BinaryOperator::GtEq, moment: day.to_string() };
let up_to = |day: Day| Bound { op: BinaryOperator::LtEq, moment: format!("{day} 23:59:59") };
let last = next.previous();
match how {
    Compared::Equal => vec![from(first), up_to(last)],
    Compared::Before => vec![up_to(first.previous())],
    Compared::UpTo => vec![up_to(last)],
    Compared::After => vec![from(next)],
    Compared::From => vec![from(first)],
}
// ANCHOR_END: stage4_half_open
