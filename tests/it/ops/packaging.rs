//! The files in `packaging/`: unit, container, compose file and Debian package.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::ops::cli::run;
use crate::support::operations_page::{self, repository};

/// Tenths; systemd calls up to 19 "OK".
const MAX_EXPOSURE: &str = "--threshold=11";

fn read(name: &str) -> String {
    std::fs::read_to_string(repository().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn manifest() -> toml::Table {
    read("Cargo.toml").parse().expect("TOML")
}

/// Runs `systemd-analyze`; `None`, with a notice, if it is not installed.
fn systemd_analyze(arguments: &[&str]) -> Option<(bool, String)> {
    let Ok(output) = Command::new("systemd-analyze").args(arguments).output() else {
        assert!(
            std::env::var_os("VOUCHSAFE_TEST_STRICT").is_none_or(|strict| strict != "1"),
            "systemd-analyze was not found, and VOUCHSAFE_TEST_STRICT=1 allows no skip"
        );
        // Not eprintln!, which the test harness captures.
        let _ = writeln!(std::io::stderr(), "SKIPPED the systemd unit: systemd-analyze was not found");
        return None;
    };
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    Some((output.status.success(), text(&output.stdout) + &text(&output.stderr)))
}

#[test]
fn systemd_unit_is_valid_and_confined() {
    let folder = tempfile::tempdir().expect("a folder");
    let unit = folder.path().join("vouchsafe.service");
    // verify wants the program to exist.
    let text = read("packaging/systemd/vouchsafe.service");
    let text =
        text.replace("ExecStart=/usr/bin/vouchsafe ", concat!("ExecStart=", env!("CARGO_BIN_EXE_vouchsafe"), " "));
    std::fs::write(&unit, text).expect("written");
    let unit = unit.to_str().expect("a plain path");
    let Some((is_valid, messages)) = systemd_analyze(&["verify", "--man=no", unit]) else { return };
    assert!(is_valid && !messages.contains("vouchsafe.service"), "{messages}");
    let security = ["security", "--offline=true", "--no-pager", MAX_EXPOSURE, unit];
    let (is_confined, messages) = systemd_analyze(&security).expect("it ran before");
    assert!(is_confined, "{messages}");
}

/// The instructions of the Dockerfile, continuation lines joined.
fn instructions() -> Vec<(String, String)> {
    let text = read("packaging/Dockerfile").replace("\\\n", " ");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(' '))
        .map(|(name, rest)| (name.to_owned(), rest.trim().to_owned()))
        .collect()
}

#[test]
fn dockerfile_pins_its_base_and_runs_as_a_user() {
    let all = instructions();
    let of = |name: &str| -> Vec<&str> {
        all.iter().filter(|(one, _)| one == name).map(|(_, rest)| rest.as_str()).collect()
    };
    assert_eq!(of("FROM"), ["${BASE} AS build", "scratch"]);
    let base = of("ARG").into_iter().find_map(|argument| argument.strip_prefix("BASE=")).expect("a base");
    let (_, tag) = base.rsplit_once(':').expect("a tag");
    assert!(tag.starts_with(|sign: char| sign.is_ascii_digit()) && tag.matches('.').count() == 2, "{base}");
    assert_eq!(of("ADD"), Vec::<&str>::new(), "it can fetch from anywhere");
    let last = all.iter().rposition(|(name, _)| name == "FROM").expect("a stage");
    let image = &all[last..];
    let only = |name: &str| {
        let found: Vec<&str> = image.iter().filter(|(one, _)| one == name).map(|(_, rest)| rest.as_str()).collect();
        assert_eq!(found.len(), 1, "{name} {found:?}");
        found[0]
    };
    let ids: Vec<u32> = only("USER").split(':').map(|id| id.parse().expect("a number")).collect();
    assert!(ids.len() == 2 && ids.iter().all(|id| *id > 0), "{ids:?}");
    assert!(!image.iter().any(|(name, _)| name == "RUN"), "there is no shell");
    assert!(only("HEALTHCHECK").ends_with(r#"CMD ["/usr/bin/vouchsafe", "healthcheck"]"#));
    assert_eq!(only("ENTRYPOINT"), r#"["/usr/bin/vouchsafe"]"#);
    assert_eq!(only("VOLUME"), r#"["/data"]"#);
}

#[test]
fn docker_context_holds_what_cargo_needs() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in read(".dockerignore").lines().filter_map(|line| line.strip_prefix('!')) {
        let target = folder.path().join(path);
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        let copied = Command::new("cp").arg("-r").arg(repository().join(path)).arg(target).status();
        assert!(copied.expect("cp").success(), "{path}");
    }
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--locked", "--format-version=1"])
        .current_dir(folder.path())
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn compose_services_are_confined_and_hold_no_secret() {
    let compose: Value = serde_saphyr::from_str(&read("packaging/compose.yaml")).expect("YAML");
    let services = compose["services"].as_object().expect("services");
    assert_eq!(services.len(), 2);
    let mut used = BTreeSet::new();
    for (name, service) in services {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(texts(&service["cap_drop"]), ["ALL"], "{name}");
        assert_eq!(texts(&service["security_opt"]), ["no-new-privileges:true"], "{name}");
        let user = service["user"].as_str().expect("a user");
        assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)), "{name}: {user}");
        for (variable, value) in service["environment"].as_object().into_iter().flatten() {
            let is_secret = ["PASSWORD", "SECRET", "KEY", "URL"].iter().any(|word| variable.contains(word));
            let is_file = variable.ends_with("_FILE") && value.as_str().is_some_and(|v| v.starts_with("/run/secrets/"));
            assert!(!is_secret || is_file, "{name}: {variable}");
        }
        used.extend(texts(&service["secrets"]));
    }
    let secrets = compose["secrets"].as_object().expect("secrets");
    assert_eq!(secrets.keys().map(String::as_str).collect::<BTreeSet<_>>(), used);
    assert!(secrets.values().all(|secret| secret["file"].is_string()), "{secrets:?}");
    let (service, postgres) = (&services["vouchsafe"], &services["postgres"]);
    assert!(postgres["ports"].is_null() && postgres["healthcheck"]["test"].is_array());
    assert!(texts(&service["ports"]).iter().all(|port| port.starts_with("127.0.0.1:")), "{}", service["ports"]);
    assert_eq!(service["depends_on"]["postgres"]["condition"], "service_healthy");
    assert_eq!(compose["networks"]["database"]["internal"], true);
    let mounted = texts(&service["volumes"])[0].split(':').next().expect("a file");
    assert!(repository().join("packaging").join(mounted).is_file(), "{mounted}");
}

#[test]
fn compose_settings_are_valid_with_the_secrets_of_the_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let compose = folder.path().join("packaging/compose");
    std::fs::create_dir_all(&compose).expect("a folder");
    // Giving a file away takes root.
    let programs = folder.path().join("programs");
    std::fs::create_dir(&programs).expect("a folder");
    std::os::unix::fs::symlink("/bin/true", programs.join("chown")).expect("linked");
    operations_page::run_with(&programs, "compose-secrets", folder.path(), &[("GOOGLE_CLIENT_SECRET", Path::new("s"))]);
    let secrets = compose.join("secrets");
    let text =
        read("packaging/compose/vouchsafe.toml").replace("/run/secrets", secrets.to_str().expect("a plain path"));
    std::fs::write(folder.path().join("vouchsafe.toml"), text).expect("written");
    let run = run(folder.path(), &["config", "explain"], &[("VOUCHSAFE__SERVER__BIND", "0.0.0.0:4000")]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("postgres://vouchsafe:***@postgres/vouchsafe"), "{}", run.out);
}

#[test]
fn debian_package_names_files_that_exist() {
    let manifest = manifest();
    let deb = manifest["package"]["metadata"]["deb"].as_table().expect("a table");
    let list = |name: &str| deb[name].as_array().expect("a list");
    for asset in list("assets") {
        let source = asset[0].as_str().expect("a path");
        let (folder, name) = source.rsplit_once('/').unwrap_or((".", source));
        let exists = match name.strip_prefix('*') {
            Some(end) => std::fs::read_dir(repository().join(folder))
                .is_ok_and(|all| all.flatten().any(|file| file.file_name().to_string_lossy().ends_with(end))),
            None => repository().join(source).is_file(),
        };
        // These are built.
        assert!(exists || source.starts_with("target/"), "{source}");
    }
    let installs = |path: &str| list("assets").iter().any(|asset| asset[1].as_str() == Some(path));
    for path in list("conf-files") {
        let path = path.as_str().and_then(|path| path.strip_prefix('/')).expect("an absolute path");
        assert!(installs(path) || path.rsplit_once('/').is_some_and(|(folder, _)| installs(&format!("{folder}/"))));
    }
    let units = deb["systemd-units"]["unit-scripts"].as_str().expect("a folder");
    assert!(repository().join(units).join("vouchsafe.service").is_file());
    for script in ["postinst", "postrm"] {
        let path = format!("{}/{script}", deb["maintainer-scripts"].as_str().expect("a folder"));
        assert!(read(&path).ends_with("#DEBHELPER#\n"), "{path}");
        let checked = Command::new("sh").arg("-n").arg(repository().join(&path)).status();
        assert!(checked.expect("a shell").success(), "{path}");
    }
}

#[test]
fn debian_settings_are_valid_once_they_are_filled_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = read("packaging/debian/config.toml");
    let file = folder.path().join("vouchsafe.toml");
    std::fs::write(&file, &text).expect("written");
    let unfinished = run(folder.path(), &["config", "explain"], &[]);
    assert_eq!(unfinished.code, 2);
    let missing: Vec<&str> = unfinished.err.lines().skip(1).map(|line| line.split(':').next().unwrap_or("")).collect();
    assert_eq!(missing, ["server.public_url", "client.url", "keys.jwt", "keys.vault"], "{}", unfinished.err);

    let is_setting = |line: &str| line.starts_with("# [") || line.strip_prefix("# ").is_some_and(|l| l.contains(" = "));
    let filled: Vec<&str> = text.lines().map(|line| if is_setting(line) { &line[2..] } else { line }).collect();
    std::fs::write(&file, filled.join("\n")).expect("written");
    let commands =
        "umask 077; openssl ecparam -genkey -name prime256v1 -noout | openssl pkcs8 -topk8 -nocrypt -out jwt.pem
         openssl rand -hex 32 > vault.key; echo s > google.secret";
    let made = Command::new("sh").args(["-euc", commands]).current_dir(folder.path()).status();
    assert!(made.expect("a shell").success());
    let finished = run(folder.path(), &["config", "explain"], &[]);
    assert_eq!(finished.code, 0, "{}", finished.err);
}

#[test]
fn production_features_are_the_default_ones_without_the_simulator() {
    let manifest = manifest();
    let features = |name: &str| -> BTreeSet<String> {
        let list = manifest["features"][name].as_array().expect("a list");
        list.iter().filter_map(|feature| feature.as_str().map(str::to_owned)).collect()
    };
    let mut expected = features("default");
    assert!(expected.remove("simulator"));
    assert_eq!(features("production"), expected);
}
