//! Paths and links in the documents must lead somewhere.

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

#[test]
fn links_between_documents_lead_to_files_and_headings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["", "docs", "docs/providers", "simulator", "clients/js", "fuzz"];
    let entries = folders.iter().filter_map(|folder| std::fs::read_dir(root.join(folder)).ok()).flatten();
    let documents = entries.map(|entry| entry.expect("an entry").path());
    let (mut count, mut broken) = (0, Vec::new());
    for document in documents.filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(&document).expect("a document");
        let folder = document.parent().expect("a folder");
        for link in links(&text).filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            count += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { document.clone() } else { folder.join(file) };
            let is_found = target.exists()
                && (anchor.is_empty() || std::fs::read_to_string(&target).is_ok_and(|text| has_anchor(&text, anchor)));
            if !is_found {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(count > 100, "only {count} links were found");
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// The targets of Markdown's inline links, outside of fenced blocks and code.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split("```").step_by(2);
    prose.flat_map(|prose| prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'))).map(|(target, _)| target)
}

/// Whether a heading has this anchor, made of it as code hosts do.
fn has_anchor(text: &str, anchor: &str) -> bool {
    let headings = text.lines().filter_map(|line| line.strip_prefix('#'));
    headings.map(|heading| heading.trim_start_matches('#').trim()).any(|heading| {
        let kept =
            heading.to_lowercase().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>();
        kept.replace(' ', "-") == anchor
    })
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
