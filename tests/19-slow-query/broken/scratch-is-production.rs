//! Compares the addresses: an alias, a tunnel or a proxy is another address of the same server, and the indexes are tried on production.
// ANCHOR: stage5_same_server
Ok(analysed.server().address() == scratch.server().address())
// ANCHOR_END: stage5_same_server
