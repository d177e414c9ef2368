//! An app with routes, a table and an actor of its own, in which Vouchsafe signs users in. Both share one database.
//!
//! Run it with `cargo run --example embedded` and open <http://127.0.0.1:4001/>. Providers are simulated.

use actix::{Actor, AsyncContext, Context, Handler, WrapFuture};
use actix_web::{App, HttpServer, Responder, Result, error, get, web};
use sea_orm::{ColumnTrait, ConnectionTrait, Database, DatabaseConnection, EntityTrait, QueryFilter, Schema, Set};
use vouchsafe::{Event, Settings, SignedIn, Vouchsafe};

const SETTINGS: &str = r#"
mode = "development"
[server]
bind = "127.0.0.1:4001"
public_url = "http://127.0.0.1:4001/auth"
[client]
url = "http://127.0.0.1:4001/"
"#;

/// The app's own table, beside those of Vouchsafe, whose names begin with `vouchsafe_`.
mod note {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "notes")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub user_id: Uuid,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Writes the first note of each new user.
struct Greeter(DatabaseConnection);

impl Actor for Greeter {
    type Context = Context<Self>;
}

impl Handler<Event> for Greeter {
    type Result = ();

    fn handle(&mut self, event: Event, context: &mut Context<Self>) {
        if let Event::UserCreated { user_id, provider, .. } = event {
            let (database, text) = (self.0.clone(), format!("Welcome! You came with {provider}."));
            let note = note::ActiveModel { user_id: Set(user_id.0), text: Set(text), ..Default::default() };
            let write = async move {
                if let Err(error) = note::Entity::insert(note).exec(&database).await {
                    log::error!("no first note: {error}");
                }
            };
            context.wait(write.into_actor(self));
        }
    }
}

/// A route of the app: only for those who are signed in, who see what is theirs.
#[get("/notes")]
async fn notes(user: SignedIn, database: web::Data<DatabaseConnection>) -> Result<impl Responder> {
    let own = note::Entity::find().filter(note::Column::UserId.eq(user.user_id.0));
    let notes = own.all(database.as_ref()).await.map_err(error::ErrorInternalServerError)?;
    Ok(notes.into_iter().map(|note| note.text + "\n").collect::<String>())
}

/// The app's page: signs in with plain JavaScript, and shows the notes.
#[get("/")]
async fn home() -> impl Responder {
    web::Html::new(include_str!("pages/pkce.html"))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = Database::connect("sqlite://notes.db?mode=rwc").await?;
    let schema = Schema::new(database.get_database_backend());
    database.execute(schema.create_table_from_entity(note::Entity).if_not_exists()).await?;
    let greeter = Greeter(database.clone()).start();
    let vouchsafe = Vouchsafe::builder(Settings::from_toml(SETTINGS)?)
        .database(database.clone())
        .events(greeter.recipient())
        .build()
        .await?;
    let bind = vouchsafe.settings().server.bind;
    HttpServer::new(move || {
        App::new()
            .app_data(vouchsafe.clone())
            .app_data(web::Data::new(database.clone()))
            .service(web::scope("/auth").configure(vouchsafe.routes()))
            .service(notes)
            .service(home)
    })
    .bind(bind)?
    .run()
    .await?;
    Ok(())
}
