//! Three attempts for everybody, whatever the others do: when the server is down it hears three times its load.
// ANCHOR: stage4_withdraw
let _unread = now;
Withdrawal::Granted
// ANCHOR_END: stage4_withdraw
