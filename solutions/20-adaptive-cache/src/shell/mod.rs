//! What talks to Redis and to whoever loads.
