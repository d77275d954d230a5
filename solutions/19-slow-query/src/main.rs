//! The command: `slow-query report FILE --dsn mysql://..`.

fn main() {}
