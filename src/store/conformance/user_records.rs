//! Users as operators look for them: by which index they are found.

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryTrait, Select, Statement};
use uuid::Uuid;

use super::{Store, add_user, link, open, postgres, provider};
use crate::domain::id::UserId;
use crate::store::private::HasConnection as _;
use crate::store::user_records::{self, Filter};
use crate::store::{audit, user_records::UserRecord};

on_every_database! {
    statements_of_operators_use_an_index
    owner_of_an_address_comes_before_those_who_claim_it
}

/// How the database carries out a statement.
async fn plan<E: EntityTrait>(store: &Store, select: &Select<E>) -> String {
    let (verb, column) = match store.backend() {
        DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", 3),
        _ => ("EXPLAIN (COSTS OFF)", 0),
    };
    let explain = Statement::from_string(store.backend(), format!("{verb} {}", select.build(store.backend())));
    let rows = store.reader().query_all_raw(explain).await.expect("explained");
    let line = |row: &sea_orm::QueryResult| row.try_get_by_index::<String>(column).expect("text");
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

async fn statements_of_operators_use_an_index(store: Store) {
    for number in 1..=50 {
        let owner = add_user(&store, number).await;
        link(&store, 100 + number, owner, &number.to_string()).await.expect("linked");
    }
    let id = UserId(Uuid::from_u128(7));
    let users_by_id =
        if store.backend() == DbBackend::Sqlite { "sqlite_autoindex_vouchsafe_users_1" } else { "users_pkey" };
    let all = Filter { limit: 10, ..Filter::default() };
    let next = Filter { after: Some(id), ..all.clone() };
    let of_provider = Filter { provider: Some(provider()), ..next.clone() };
    for (filter, index) in [
        (&all, users_by_id),
        (&next, users_by_id),
        (&Filter { is_disabled: Some(false), ..next.clone() }, users_by_id),
        (&Filter { is_disabled: Some(true), ..all.clone() }, "users_disabled"),
    ] {
        let plan = plan(&store, &user_records::select(filter)).await;
        assert!(plan.contains(index) && !plan.contains("Sort") && !plan.contains("B-TREE"), "{filter:?}\n{plan}");
    }
    // Whether users or identities are read first depends on how many a provider has.
    for is_disabled in [None, Some(true)] {
        let plan = plan(&store, &user_records::select(&Filter { is_disabled, ..of_provider.clone() })).await;
        assert!(plan.contains("identities_user_id") || plan.contains("identities_provider_subject"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
    }
    let by_email = plan(&store, &user_records::select_by_email("mira1@example.org", 10)).await;
    assert!(by_email.contains("users_email_canonical") || by_email.contains("users_proven_email"), "{by_email}");
    for before in [None, Some(7)] {
        let events = plan(&store, &audit::select(id, before, 10)).await;
        assert!(events.contains("audit_events_user_id"), "{events}");
    }
}

async fn owner_of_an_address_comes_before_those_who_claim_it(store: Store) {
    use crate::store::users::{self, User};
    for (number, email_verified) in [(1, false), (2, true), (3, false)] {
        let user = User { id: UserId(Uuid::from_u128(number)), email_verified, ..super::user(9) };
        users::add(&store, &user).await.expect("added");
    }
    let found = user_records::find_by_email(&store, "mira9@example.org", 2).await.expect("found");
    let id = |record: &UserRecord| record.user.id.0.as_u128();
    assert_eq!(found.iter().map(id).collect::<Vec<_>>(), [2, 1]);
    assert!(found.iter().all(|record| record.user.roles == ["me", "user"]));
}
