//! A token that was taken is gone, used or not: callers who went away have emptied the bucket for those who stayed.
// ANCHOR: stage4_give_back
// ANCHOR_END: stage4_give_back
