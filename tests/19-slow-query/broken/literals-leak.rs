//! Shows the slowest statement of each class, as it was sent: a report goes to tickets and chats, and so does what users typed.
// ANCHOR: stage5_shown
let _is_there_to_compare = (literals, shape);
statement
// ANCHOR_END: stage5_shown
