//! Web serving.
