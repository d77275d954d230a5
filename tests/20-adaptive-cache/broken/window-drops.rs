//! A smaller window is too heavy for what is in it, and what is too much goes, although the main space has become as much larger.
// ANCHOR: stage3_stride
let stride = self.limits.capacity.div_ceil(STRIDES);
let (from, to) = (self.window_capacity, self.window_target);
match to.cmp(&from) {
    Ordering::Greater => {
        self.window_capacity = to.min(from + stride);
        self.limit_protected();
        let mut moved = 0;
        while moved < stride
            && let Some(slot) = self.next_for_window()
        {
            moved += u64::from(self.entries[slot].weight);
            self.move_to(slot, Space::Window);
        }
    }
    Ordering::Less => {
        self.window_capacity = to.max(from.saturating_sub(stride));
        while self.window.weight() > self.window_capacity
            && let Some(slot) = self.window.oldest()
        {
            self.take(slot);
        }
    }
    Ordering::Equal => {}
}
// ANCHOR_END: stage3_stride
