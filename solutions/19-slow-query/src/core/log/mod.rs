//! The slow log of MySQL, MariaDB and Percona Server, as a stream of entries.

pub mod entry;
