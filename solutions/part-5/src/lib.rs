//! Part V: what a service does when something fails. Two small runs for its opening page.
//!
//! `bulkhead`: a service calls two others and one of them becomes slow. `load_shedding`: a service is asked for twice what it
//! can do. Both are real servers on loopback under an open-loop load that is drawn from a seed. The breaker and the retry have labs
//! of their own (21, 22); these two are small enough for a page.
//!
//! [`core`] decides and counts: the queue, the schedule of the load, the tally, the picture. `shell` (feature `io`) has the sockets.
//! What must stay true: only the client's clock says what came in time, from the moment at which a request *should* have been
//! sent. A crowd that waits for answers before it asks again hides every overload.

pub mod core;
#[cfg(feature = "io")]
pub mod shell;
