//! What tests ask of the rows and nobody else may: everything at once.

use sea_orm::{EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use vouchsafe_entity::{identity, user};

use super::users::AccountStatus;
use super::{Executor, Store};
use crate::domain::id::UserId;

/// Everybody, and all their identities as (provider, subject, owner).
#[derive(Clone, Debug, Default)]
pub(crate) struct StoredUsers {
    pub users: Vec<AccountStatus>,
    pub identities: Vec<(String, String, UserId)>,
}

impl StoredUsers {
    /// Counts.
    pub(crate) async fn read(store: &Store) -> Self {
        let (users, identities) = (user::Entity::find(), identity::Entity::find());
        let users = private(store, users).await.iter().map(AccountStatus::from_row).collect();
        let identities = private(store, identities).await.into_iter();
        let identities = identities.map(|row| (row.provider, row.subject, UserId(row.user_id))).collect();
        Self { users, identities }
    }
}

async fn private<E: EntityTrait>(store: &Store, all: sea_orm::Select<E>) -> Vec<E::Model> {
    all.all(connection(store)).await.expect("read")
}

fn connection<A: Executor>(executor: &A) -> &A::Connection {
    executor.writer()
}

/// Shuts somebody out, or lets them in again, as an operator would.
pub(crate) async fn set_disabled(store: &Store, id: UserId, is_disabled: bool) {
    let changed = user::Entity::update_many()
        .col_expr(user::Column::Disabled, is_disabled.into())
        .filter(Expr::col(user::Column::Id).eq(id.0))
        .exec(connection(store));
    assert_eq!(changed.await.expect("written").rows_affected, 1);
}

/// Nobody is left, nor anything of theirs.
pub(crate) async fn clear(store: &Store) {
    user::Entity::delete_many().exec(connection(store)).await.expect("deleted");
}
