//! A gate that only closes.
// ANCHOR: stage3_observe
if stock == 0 {
    self.sold_out(epoch);
}
// ANCHOR_END: stage3_observe
