//! The built-in providers: the files of `config/providers`, listed at build time.

include!(concat!(env!("OUT_DIR"), "/built_in_providers.rs"));
