//! Which providers have a page of their own: the files of `config/providers`, listed when the crate is built.

include!(concat!(env!("OUT_DIR"), "/built_in_providers.rs"));
