//! The longer index finds all that the shorter one finds. But a unique index is a promise about the data, and the longer one does not keep it.
// ANCHOR: stage3_redundant
if index.method != Method::BTree {
    return None;
}
let _unread = log;
table.indexes.iter().find(|other| {
    let usable = other.name != index.name && other.visible && other.method == Method::BTree;
    usable && other.parts.len() > index.parts.len() && other.parts.starts_with(&index.parts)
})
// ANCHOR_END: stage3_redundant
