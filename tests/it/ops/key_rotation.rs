//! `vouchsafe keys rotate` on every layout of the settings file.

use std::path::Path;

use vouchsafe::Settings;
use vouchsafe::settings::Sources;

use crate::ops::cli::{Run, run};

const HEX: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A new folder with a settings file.
fn folder(keys: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!("# ours\nmode = 'development'  # to try it\n\n{keys}\n[flow]\nttl = '5m' # short\n");
    std::fs::write(folder.path().join("vouchsafe.toml"), text).expect("written");
    folder
}

fn read(folder: &Path) -> (Settings, String) {
    let path = folder.join("vouchsafe.toml");
    let text = std::fs::read_to_string(&path).expect("a file");
    let file = Some((path, text.clone()));
    (Settings::load(Sources { file, ..Sources::default() }).expect("settings"), text)
}

fn rotate(folder: &Path, more: &[&str]) -> Run {
    run(folder, &[&["keys", "rotate"], more].concat(), &[])
}

fn jwt_ids(settings: &Settings) -> Vec<String> {
    settings.keys.jwt.iter().map(|key| key.id.clone().unwrap_or_default()).collect()
}

#[test]
fn rotate_puts_the_new_key_first_in_every_layout() {
    let inline = format!("[keys]\njwt = [{{ id = 'old', algorithm = 'HS256', key = '{HEX}' }}] # mine\n");
    let single = format!("[keys]\njwt = {{ id = 'old', algorithm = 'HS256', key = '{HEX}' }}\n");
    let dotted = format!("keys.jwt = [{{ id = 'old', algorithm = 'HS256', key = '{HEX}' }}]\n");
    let sections = format!("[[keys.jwt]]\n# the first one\nid = 'old'\nalgorithm = 'HS256'\nkey = '{HEX}'\n");
    for keys in [inline, single, dotted, sections] {
        let folder = folder(&keys);
        for round in 1..=2 {
            let run = rotate(folder.path(), &[]);
            assert_eq!((run.code, run.err.as_str()), (0, ""), "{keys}");
            assert!(run.out.contains("Keep the old key for 15 minutes"), "{}", run.out);
            let (settings, text) = read(folder.path());
            let ids = jwt_ids(&settings);
            assert_eq!((ids.len(), ids.last().map(String::as_str)), (round + 1, Some("old")), "{text}");
            let comments = ["# ours", "# to try it", "# short"].into_iter();
            for kept in comments.chain(keys.contains("# the first").then_some("# the first one")) {
                assert!(text.contains(kept), "{kept} in {text}");
            }
            let file = folder.path().join(format!("jwt-{}.pem", ids[0]));
            assert_eq!(std::fs::read_to_string(&file).expect("a key file").len(), 64, "as HS256 wants it");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                assert_eq!(std::fs::metadata(file).expect("a file").permissions().mode() & 0o777, 0o600);
            }
        }
    }
}

#[test]
fn rotate_staged_distributes_a_key_before_use() {
    let folder = folder(&format!("[[keys.vault]]\nid = 'old'\nkey = '{HEX}'\n"));
    let run = rotate(folder.path(), &["--vault", "--prepare"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("run this again with --use"), "{}", run.out);
    let ids = |text: &str| -> Vec<String> {
        text.lines().filter_map(|line| Some(line.strip_prefix("id = ")?.trim_matches(['\'', '"']).to_owned())).collect()
    };
    let (_, text) = read(folder.path());
    let known = ids(&text);
    assert_eq!((known.len(), known[0].as_str()), (2, "old"), "{text}");
    let run = rotate(folder.path(), &["--vault", "--use", &known[1]]);
    assert!(run.out.contains("re-encrypts the vault") && run.out.contains("30 days"), "{} {}", run.out, run.err);
    let (_, text) = read(folder.path());
    assert_eq!(ids(&text), [known[1].clone(), "old".to_owned()], "{text}");
    let files = || std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(files(), 2, "the settings and one key");
}

#[test]
fn failed_rotation_changes_nothing() {
    let folder = folder(&format!("[[keys.vault]]\nid = 'old'\nkey = '{HEX}'\n"));
    let before = read(folder.path()).1;
    for (arguments, reason) in [
        (vec!["--vault", "--use", "nobody"], "keys.vault has no key nobody"),
        (vec!["--vault", "--use", "old", "--prepare"], "cannot be used with"),
        (vec![], "keys.jwt is not in the file"),
    ] {
        let run = rotate(folder.path(), &arguments);
        assert!(run.code != 0 && run.err.contains(reason), "{arguments:?}: {} {}", run.out, run.err);
        assert_eq!(read(folder.path()).1, before);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
    let external = tempfile::tempdir().expect("a folder");
    let run = rotate(external.path(), &[]);
    assert!(run.code == 1 && run.err.contains("there is no settings file"), "{}", run.err);
}
