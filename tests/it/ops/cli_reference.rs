//! Completions and manual pages, made from the command line itself.

use super::cli::run;

#[test]
fn completions_name_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(folder.path(), &["completions", shell], &[("VOUCHSAFE_CONFIG", "missing.toml")]);
        assert_eq!((script.code, script.err.as_str()), (0, ""), "{shell} needs no settings");
        for word in ["serve", "explain", "rotate", "--config"] {
            let is_there = script.out.contains(word) || script.out.contains(word.trim_start_matches('-'));
            assert!(is_there, "{shell}: {word}");
        }
    }
    assert_eq!(run(folder.path(), &["completions", "csh"], &[]).code, 2);
}

#[test]
fn bash_accepts_its_completions() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = run(folder.path(), &["completions", "bash"], &[]).out;
    let path = folder.path().join("vouchsafe.bash");
    std::fs::write(&path, format!("{script}\ncomplete -p vouchsafe")).expect("written");
    let output = std::process::Command::new("bash").arg(&path).output().expect("bash");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && printed.contains("vouchsafe"), "{printed}");
}

#[test]
fn manual_has_a_page_for_each_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = run(folder.path(), &["man"], &[]);
    assert_eq!((page.code, page.err.as_str()), (0, ""));
    assert!(page.out.contains(".TH vouchsafe 1") && page.out.contains("serve"), "{}", page.out);
    let path = folder.path().to_str().expect("a plain path");
    assert_eq!(run(folder.path(), &["man", path], &[]).code, 0);
    for name in ["vouchsafe.1", "vouchsafe-serve.1", "vouchsafe-config-check.1", "vouchsafe-keys-rotate.1"] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
    assert_eq!(run(folder.path(), &["man", "missing/folder"], &[]).code, 1);
}
