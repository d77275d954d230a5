//! What comes first counts, whatever it is: a server that fails fast beats one that is about to answer.
// ANCHOR: stage5_judge
let _unread = answer;
Race::Settled
// ANCHOR_END: stage5_judge
