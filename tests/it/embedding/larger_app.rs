//! A larger app: two mounts with users of their own, an actor for each and a table of the app, all on its one connection.

use std::sync::Arc;

use actix::{Actor, AsyncContext, Context, Handler, WrapFuture};
use actix_web::web;
use serde_json::Value;
use vouchsafe::sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use vouchsafe::{Clock, Event, Secret, Vouchsafe};

use super::database::connect;
use super::{assert_refused, host_routes, settings_with_own_issuer};
use crate::support::app::{Database, Node, TestApp, access_token, listen, serve};
use crate::support::browser::Browser;
use crate::support::service::wait_until;

/// Writes what happens at a mount into the app's table.
struct Journal(DatabaseConnection, &'static str);

impl Actor for Journal {
    type Context = Context<Self>;
}

impl Handler<Event> for Journal {
    type Result = ();

    fn handle(&mut self, event: Event, context: &mut Context<Self>) {
        let what = match event {
            Event::UserCreated { .. } => "created",
            Event::SessionEnded { .. } => "ended",
            _ => return,
        };
        let (database, insert) = (self.0.clone(), format!("INSERT INTO journal VALUES ('{} {what}')", self.1));
        let write = async move { database.execute_unprepared(&insert).await.map(drop).expect("inserted") };
        context.wait(write.into_actor(self));
    }
}

async fn lines(database: &DatabaseConnection) -> Vec<String> {
    let query = "SELECT line FROM journal ORDER BY line";
    let rows = database.query_all_raw(Statement::from_string(database.get_database_backend(), query)).await;
    rows.expect("answered").iter().map(|row| row.try_get("", "line").expect("a text")).collect()
}

#[actix_web::test]
async fn app_with_two_mounts_keeps_their_users_apart_and_hears_of_both() {
    for kind in Database::ALL {
        let Some(app) = TestApp::on(kind) else { continue };
        let database = connect(&app, |_| {}).await;
        database.execute_unprepared("CREATE TABLE journal (line VARCHAR(40))").await.expect("created");
        let (listener, origin) = listen();
        let mut mounts = Vec::new();
        for mount in ["members", "staff"] {
            let mut settings = settings_with_own_issuer(&app, &format!("{origin}/{mount}/auth"), "");
            settings.database.url = Secret::new("app:");
            settings.database.schema = mount.to_owned();
            let journal = Journal(database.clone(), mount).start();
            let builder = Vouchsafe::builder(settings).clock(Arc::clone(&app.clock) as Arc<dyn Clock>);
            let vouchsafe = builder.database(database.clone()).events(journal.recipient()).build().await;
            mounts.push((mount, vouchsafe.expect("built")));
        }
        let served = mounts.clone();
        let handle = serve(listener, 2, move || {
            let mounts = served.clone();
            move |config: &mut web::ServiceConfig| {
                for (mount, vouchsafe) in &mounts {
                    let auth = web::scope("/auth").configure(vouchsafe.routes());
                    config.service(host_routes(&format!("/{mount}"), vouchsafe).service(auth));
                }
            }
        });
        let (members, staff) =
            (Node::at(format!("{origin}/members/auth"), handle), Node::external(format!("{origin}/staff/auth")));

        let member = members.session(&mut Browser::new(), "google", "mira").await;
        let employee = staff.session(&mut Browser::new(), "github", "jonas").await;
        let get = async |path: &str, session: &Value| {
            Browser::new().get_as(&format!("{origin}/{path}"), access_token(session)).await
        };
        assert_eq!(get("members/profile", &member).await.status, 200);
        assert_eq!(get("staff/profile", &employee).await.status, 200);
        assert_refused(&get("staff/me", &member).await, 401, "invalid-token");
        assert_refused(&get("members/me", &employee).await, 401, "invalid-token");
        assert_refused(&get("staff/admin/me", &employee).await, 403, "role-missing");

        let (_, of_members) = &mounts[0];
        let user = of_members.verify(access_token(&member)).expect("valid").user_id;
        assert_eq!(of_members.sign_out(user).await.expect("ended"), 1);
        assert_refused(&get("members/profile", &member).await, 401, "session-ended");
        wait_until("the journal has what happened", async || lines(&database).await.len() >= 3).await;
        assert_eq!(lines(&database).await, ["members created", "members ended", "staff created"]);
    }
}
