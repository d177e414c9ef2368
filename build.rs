//! Embeds the provider definitions of `config/providers`, so that a new provider needs no code.

use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let variable = |name: &str| env::var_os(name).map(PathBuf::from).ok_or(io::ErrorKind::NotFound);
    let folder = variable("CARGO_MANIFEST_DIR")?.join("config/providers");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut definitions = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
        if let (Some(name), Some("toml")) = (name, path.extension().and_then(|extension| extension.to_str())) {
            definitions.push((name, path));
        }
    }
    definitions.sort();
    let mut code = String::new();
    let names: Vec<_> = definitions.iter().map(|(name, _)| name).filter(|name| !name.contains('@')).collect();
    writeln!(code, "/// The names of the built-in providers; any other name needs a `type`.")
        .map_err(io::Error::other)?;
    writeln!(code, "pub const BUILT_IN_PROVIDERS: &[&str] = &{names:?};").map_err(io::Error::other)?;
    writeln!(code, "/// The definitions by `name`, or by `name@version` for another version of a provider.")
        .map_err(io::Error::other)?;
    writeln!(code, "pub const PROVIDER_DEFINITIONS: &[(&str, &str)] = &[").map_err(io::Error::other)?;
    for (name, path) in &definitions {
        writeln!(code, "    ({name:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    writeln!(code, "];").map_err(io::Error::other)?;
    fs::write(variable("OUT_DIR")?.join("built_in_providers.rs"), code)
}
