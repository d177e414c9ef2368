//! Paths that the documents name must exist.

use std::path::Path;

#[test]
fn documented_paths_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut count, mut missing) = (0, Vec::new());
    for document in ["docs/architecture.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"] {
        let text = std::fs::read_to_string(root.join(document)).expect("a document");
        for path in inline_code(&text).filter(|code| is_path(code)) {
            count += 1;
            if !root.join(path).exists() && !root.join("src").join(path).exists() {
                missing.push(format!("{document}: {path}"));
            }
        }
    }
    assert!(count > 40, "only {count} paths were found");
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

/// The inline code of Markdown, without fenced blocks.
fn inline_code(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split("```").step_by(2);
    prose.flat_map(|prose| prose.lines().flat_map(|line| line.split('`').skip(1).step_by(2)))
}

fn is_path(code: &str) -> bool {
    let is_file = [".rs", ".toml", ".md", ".json"].iter().any(|extension| code.ends_with(extension));
    let is_relative = !code.starts_with('/') && code.contains('/') && (is_file || code.ends_with('/'));
    is_relative && !code.contains([' ', '*', '{', '=']) && !code.contains("NAME")
}
