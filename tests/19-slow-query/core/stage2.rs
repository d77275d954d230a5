//! Fingerprints and digests.
