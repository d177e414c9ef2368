//! The app decides who may sign up, what a new user is called, and what access tokens say besides.
//!
//! Run it with `cargo run --example hooks` and open <http://127.0.0.1:4005/>. Providers are simulated: Mira has an address of
//! example.org and gets in, others are turned away with the app's own words.

use actix_web::{App, HttpServer, Responder, get, web};
use vouchsafe::{
    ExternalProfile, NewUser, Settings, SignUpError, SignUpHooks, SignedIn, TokenClaims, TokenHooks, TokenUser,
    Unavailable, UserDraft, Veto, Vouchsafe,
};

const SETTINGS: &str = r#"
mode = "development"
[server]
bind = "127.0.0.1:4005"
public_url = "http://127.0.0.1:4005/auth"
[client]
url = "http://127.0.0.1:4005/"
"#;

/// Members have a verified address of this domain.
const DOMAIN: &str = "@example.org";

struct MembersOnly;

impl SignUpHooks for MembersOnly {
    async fn map_profile(&self, profile: &ExternalProfile, draft: UserDraft) -> Result<UserDraft, SignUpError> {
        let display_name = format!("{} (by {})", draft.display_name, profile.provider);
        Ok(UserDraft { display_name, ..draft })
    }

    async fn may_sign_up(&self, user: &NewUser<'_>) -> Result<(), SignUpError> {
        // An app would ask its database here; a failure is `Unavailable`, and the person may try again.
        if user.is_email_verified && user.email.is_some_and(|email| email.ends_with(DOMAIN)) {
            return Ok(());
        }
        Err(Veto::new("members-only", format!("Only members with an address that ends in {DOMAIN} may sign up."))
            .into())
    }
}

struct Team;

impl TokenHooks for Team {
    async fn claims(&self, user: &TokenUser<'_>) -> Result<TokenClaims, Unavailable> {
        let name = if user.display_name.starts_with('M') { "north" } else { "south" };
        Ok(TokenClaims::new().with("team", name)?)
    }
}

#[get("/team")]
async fn team(user: SignedIn) -> impl Responder {
    format!("your team: {}", user.claim("team").cloned().unwrap_or_default())
}

#[get("/")]
async fn home() -> impl Responder {
    web::Html::new(
        r#"<!doctype html><title>My app</title><link rel="icon" href="data:,"><a href="auth/signin/provider/google">Sign in with Google</a>"#,
    )
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let vouchsafe =
        Vouchsafe::builder(Settings::from_toml(SETTINGS)?).sign_up_hooks(MembersOnly).token_hooks(Team).build().await?;
    let bind = vouchsafe.settings().server.bind;
    HttpServer::new(move || {
        let auth = web::scope("/auth").configure(vouchsafe.routes());
        App::new().app_data(vouchsafe.clone()).service(auth).service(team).service(home)
    })
    .bind(bind)?
    .run()
    .await?;
    Ok(())
}
