//! What holds for batches besides what the stateful tests compare with a model.

use std::sync::Arc;
use std::time::Duration;

use actix::Actor;
use futures_util::future::join;
use uuid::Uuid;

use crate::domain::audit::RequestOrigin;
use crate::domain::claims::Claims;
use crate::domain::clock::{ManualClock, Timestamp};
use crate::domain::id::{SessionId, UserId};
use crate::domain::random::OsRandom;
use crate::domain::seal::MasterKey;
use crate::events::Events;
use crate::metrics::Metrics;
use crate::session::refresh::{RefreshTokens, SessionHandle};
use crate::settings::Settings;
use crate::store::sessions::{self, Session};
use crate::store::testing::open_sqlite;
use crate::store::users;
use crate::user::hooks::Hooks;
use crate::user::messages::{Refresh, User};
use crate::user::repo::{UserRepo, UserService};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

#[actix_rt::test]
async fn waiting_for_the_sqlite_writer_shortens_no_grace_period() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open_sqlite(folder.path(), false).await;
    let settings = Settings::from_toml("mode = 'development'").expect("settings");
    let (clock, handle) = (Arc::new(ManualClock::new(NOW)), SessionHandle::new(&OsRandom));
    let refresh_tokens = RefreshTokens::new(&[MasterKey::new("k", [7; 32])]);
    let token = refresh_tokens.token(handle, 0).expect("a key");
    let user = User {
        id: UserId(Uuid::from_u128(1)),
        created_at: NOW,
        display_name: "Mira".to_owned(),
        avatar_url: String::new(),
        locale: "en".to_owned(),
        email: None,
        email_canonical: None,
        email_verified: false,
        default_role: "user".to_owned(),
        roles: vec!["user".to_owned()],
        metadata: None,
        is_disabled: false,
    };
    users::add(&store, &user).await.expect("added");
    let session = Session {
        id: SessionId(Uuid::from_u128(2)),
        user_id: user.id,
        handle_hash: handle.hash(),
        generation: 0,
        rotated_at: NOW,
        expires_at: NOW.plus(Duration::from_secs(60)),
        claims: Claims::new(),
    };
    sessions::add(&store, &session).await.expect("added");
    let service = UserService {
        store: store.clone(),
        clock: Arc::clone(&clock) as Arc<_>,
        random: Arc::new(OsRandom),
        refresh_tokens,
        sign_up: settings.sign_up,
        session: settings.session,
        revokes_on_sign_out: false,
        hooks: Hooks::default(),
        metrics: Arc::new(Metrics::new(NOW)),
        events: Events::default(),
    };
    let users = UserRepo::new(service).start();
    let (stall, writer) = (Duration::from_secs(11), store.begin().await.expect("begun"));
    let release = async {
        // The request waits for the writer by now.
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        clock.advance(stall);
        writer.rollback().await.expect("released");
    };
    let (refreshed, ()) = join(users.send(Refresh { token, origin: RequestOrigin::default() }), release).await;
    refreshed.expect("an answer").expect("refreshed");
    let session = sessions::find(&store, handle.hash(), NOW).await.expect("answered").expect("a session");
    assert_eq!((session.generation, session.rotated_at), (1, NOW.plus(stall)));
}
