//! Shadow packages: a composed variant as a package of its own under `target/lab/shadow/`.
