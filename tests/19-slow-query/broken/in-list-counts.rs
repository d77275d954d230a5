//! Writes a list as it stands, with a mark for each value: `in (?, ?, ?)` of three and of four values are two shapes, and an ORM that
//! loads a page of rows makes one for each size of a page.
// ANCHOR: stage2_fold_list
false
// ANCHOR_END: stage2_fold_list
