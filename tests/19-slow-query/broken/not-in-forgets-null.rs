//! NOT EXISTS instead of NOT IN, as one reads it everywhere: where a value may be NULL, one of the two returns rows and the other none.
// ANCHOR: stage4_found_by
let equal = binary(inner.written.clone(), BinaryOperator::Eq, outer.written.clone());
nested(equal)
// ANCHOR_END: stage4_found_by
