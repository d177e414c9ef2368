//! Seeded misconfigurations: each must be named, with a remedy that names the setting, and nothing else.

mod database;
mod live;
mod providers;
mod settings;

use super::case::Case;

async fn run_all(kind: &str, cases: Vec<Case>) {
    let (mut failures, mut passed, mut skipped) = (Vec::new(), 0, 0);
    for case in cases {
        match case.run().await {
            Some(Ok(())) => passed += 1,
            Some(Err(why)) => failures.push(why),
            None => skipped += 1,
        }
    }
    println!("{kind}: {passed} misconfigurations named, {skipped} skipped");
    assert!(failures.is_empty(), "{} of {kind}\n{}", failures.len(), failures.join("\n"));
}

#[actix_web::test]
async fn misconfigured_settings_are_named() {
    run_all("settings", settings::cases()).await;
}

#[actix_web::test]
async fn misconfigured_databases_are_named() {
    run_all("databases", database::cases()).await;
}

#[actix_web::test]
async fn misconfigured_providers_are_named() {
    run_all("providers", providers::cases()).await;
}
