//! Traces of keys: generated, read from files, and what LRU and OPT make of them.
