//! Backup and restore with the commands of `docs/operations.md`, and what a restored database is worth.

use std::path::{Path, PathBuf};

use vouchsafe::{Clock, SystemClock};

use crate::ops::cli::run;
use crate::support::app::{Database, TestApp, access_token, parameter, refresh_token};
use crate::support::browser::Browser;
use crate::support::operations_page;
use crate::support::process::real_time_app;
use crate::support::rows;
use crate::support::service::{Service, wait_until};

/// The folders of an installation, and the keys in its settings.
struct Installation {
    app: TestApp,
    settings: PathBuf,
    backup: PathBuf,
    keys: String,
}

impl Installation {
    fn on(database: Database) -> Option<Self> {
        let app = match database {
            Database::Sqlite => {
                let folder = tempfile::tempdir().expect("a folder");
                let url = format!("sqlite://{}/vouchsafe.db", folder.path().display());
                TestApp::on_database(url, folder, SystemClock.now())
            }
            Database::Postgres => real_time_app(database)?,
        };
        let (settings, backup) = (app.folder().join("settings"), app.folder().join("backups/today"));
        std::fs::create_dir(&settings).expect("a folder");
        let keys = format!(
            "keys.jwt = [{{ id = '1', algorithm = 'HS256', key_file = '{0}/jwt.key' }}]\n\
             keys.vault = [{{ id = '1', key_file = '{0}/vault.key' }}]",
            settings.display()
        );
        let installation = Self { app, settings, backup, keys };
        installation.write("jwt.key", &"0a".repeat(32));
        installation.write("vault.key", &"0b".repeat(32));
        installation.write("config.toml", &installation.app.settings_text("http://127.0.0.1:1", &installation.keys));
        Some(installation)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.settings.join(name), text).expect("written");
    }

    fn commands(&self, name: &str) {
        let names: [(&str, &Path); 4] = [
            ("settings", &self.settings),
            ("data", self.app.folder()),
            ("backup", &self.backup),
            ("database", Path::new(self.app.database())),
        ];
        operations_page::run(name, self.app.folder(), &names);
    }

    async fn start(&self) -> Service {
        Service::start(&self.app, &self.keys).await
    }

    /// Deletes settings, keys and tables.
    async fn lose_everything(&self, database: Database) {
        std::fs::remove_dir_all(&self.settings).expect("removed");
        match database {
            // The write-ahead log of the killed server stays: it would be applied to the restored file.
            Database::Sqlite => {
                assert!(self.app.folder().join("vouchsafe.db-wal").exists());
                std::fs::write(self.app.folder().join("vouchsafe.db"), "").expect("emptied");
            }
            Database::Postgres => {
                rows::execute(self.app.database(), "DROP TABLE vault_entries, sessions, user_roles CASCADE")
                    .await
                    .expect("dropped");
                rows::execute(self.app.database(), "CREATE TABLE vouchsafe.from_a_newer_version (id INT)")
                    .await
                    .expect("created");
            }
        }
    }
}

async fn backup_is_restored(database: Database, backup: &str, restore: &str) {
    let Some(installation) = Installation::on(database) else { return };
    let service = installation.start().await;
    let mut mira = Browser::new();
    let session = service.node.session(&mut mira, "github", "mira").await;
    installation.commands(backup);
    let since = service.node.sign_in(&mut Browser::new(), "github", "", "jonas").await;
    assert!(parameter(&since, "refreshToken").is_some(), "{since}");
    drop(service);

    installation.lose_everything(database).await;
    installation.commands(restore);
    let service = installation.start().await;
    assert_eq!(installation.app.count("users").await, 1, "what was done since is undone");
    let tokens = service.node.tokens(&mira, "github", &session).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    assert!(tokens.json()["accessToken"].is_string(), "{}", tokens.text());
    let renewed = service.node.refresh(&mira, refresh_token(&session)).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    let user = mira.get_as(&format!("{}/user", service.node.base), access_token(&renewed.json())).await.json();
    assert_eq!(user["email"], "mira@example.org", "{user}");
    let again = service.node.sign_in(&mut Browser::new(), "github", "", "jonas").await;
    assert!(parameter(&again, "refreshToken").is_some(), "{again}");
    assert_eq!(installation.app.count("users").await, 2);
}

#[actix_web::test]
async fn sqlite_backup_is_restored_with_users_sessions_and_tokens() {
    backup_is_restored(Database::Sqlite, "backup-sqlite", "restore-sqlite").await;
}

#[actix_web::test]
async fn postgres_backup_is_restored_with_users_sessions_and_tokens() {
    backup_is_restored(Database::Postgres, "backup-postgres", "restore-postgres").await;
}

#[actix_web::test]
async fn restored_database_without_its_vault_key_says_so() {
    let installation = Installation::on(Database::Sqlite).expect("SQLite is always available");
    let service = installation.start().await;
    let mut mira = Browser::new();
    let session = service.node.session(&mut mira, "github", "mira").await;
    drop(service);

    std::fs::remove_file(installation.settings.join("vault.key")).expect("removed");
    let run = run(installation.app.folder(), &["--config", "settings/config.toml"], &[]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("keys.vault") && run.err.contains("settings/vault.key"), "{}", run.err);

    installation.write("vault.key", &"0c".repeat(32));
    let other =
        Installation { keys: installation.keys.replace("vault = [{ id = '1'", "vault = [{ id = '2'"), ..installation };
    let service = other.start().await;
    wait_until("it is logged", async || service.log().contains("is a key missing in keys.vault?")).await;
    let tokens = service.node.tokens(&mira, "github", &session).await;
    assert_eq!(tokens.status, 503, "{}", tokens.text());
    assert!(service.log().contains("names a key that is not configured"), "{}", service.log());
    let again = service.node.session(&mut mira, "github", "mira").await;
    assert_eq!(service.node.tokens(&mira, "github", &again).await.status, 200);
    assert_eq!(other.app.count("users").await, 1, "the account is the same");
}

#[test]
fn backup_of_postgres_names_its_own_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = run(folder.path(), &["backup", "copy", "--set", "database.url=postgres://127.0.0.1:1/v"], &[]);
    assert!(run.code == 1 && run.err.contains("pg_dump"), "{}", run.err);
    assert!(!folder.path().join("copy").exists());
}
