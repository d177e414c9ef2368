//! Sessions, and the rotation of their refresh tokens.

use std::time::Duration;

use sea_orm::sea_query::{BinOper, Expr, Func, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder};
use serde_json::Value;
use vouchsafe_entity::session::{self, Column};
use vouchsafe_entity::user;

use super::{Executor, StoreError};
use crate::domain::claims::Claims;
use crate::domain::clock::Timestamp;
use crate::domain::id::{SessionId, UserId};

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session's id, the same for all its refresh tokens.
    pub id: SessionId,
    /// The user it belongs to.
    pub user_id: UserId,
    /// SHA-256 of the handle in its refresh tokens.
    pub handle_hash: [u8; 32],
    /// The generation of the current refresh token.
    pub generation: u32,
    /// When that token was issued.
    pub rotated_at: Timestamp,
    /// When the session ends unless it is used.
    pub expires_at: Timestamp,
    /// What the provider said of the person that executor tokens repeat.
    pub claims: Claims,
}

impl Session {
    pub(super) fn from_row(row: session::Model) -> Option<Self> {
        Some(Self {
            id: SessionId(row.id),
            user_id: UserId(row.user_id),
            handle_hash: row.handle_hash.try_into().ok()?,
            generation: row.generation.try_into().ok()?,
            rotated_at: Timestamp::from_millis(row.rotated_at),
            expires_at: Timestamp::from_millis(row.expires_at),
            claims: read_claims(row.claims),
        })
    }
}

/// `None` for no claims.
pub(super) fn write_claims(claims: &Claims) -> Option<Value> {
    let object = || claims.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str()))).collect();
    (!claims.is_empty()).then(object)
}

pub(super) fn read_claims(claims: Option<Value>) -> Claims {
    claims.and_then(|claims| serde_json::from_value(claims).ok()).unwrap_or_default()
}

/// Stores a new session.
///
/// # Errors
/// [`StoreError::Conflict`] if the handle is in use.
pub async fn add(executor: &impl Executor, session: &Session) -> Result<(), StoreError> {
    let row = session::ActiveModel {
        id: Set(session.id.0),
        user_id: Set(session.user_id.0),
        handle_hash: Set(session.handle_hash.to_vec()),
        generation: Set(session.generation.into()),
        superseded_at: Set(String::new()),
        created_at: Set(session.rotated_at.millis()),
        rotated_at: Set(session.rotated_at.millis()),
        expires_at: Set(session.expires_at.millis()),
        claims: Set(write_claims(&session.claims)),
    };
    session::Entity::insert(row).exec_without_returning(executor.writer()).await?;
    Ok(())
}

/// How many generations are remembered with the time at which they were superseded.
const REMEMBERED: usize = 16;

/// The length of a time among them.
const TIME_LENGTH: usize = 13;

/// The length of the column that holds these times.
pub(super) const REMEMBERED_LENGTH: usize = REMEMBERED * TIME_LENGTH;

/// What is put in front of that column when a generation is superseded.
pub(super) fn superseded_now(now: Timestamp) -> String {
    format!("{:0TIME_LENGTH$}", now.millis())
}

/// Moves a session from `generation` to the next, to end after `ttl`. Of several callers with one generation, one receives
/// the session.
///
/// # Errors
/// [`StoreError`]; then it was not moved.
pub async fn rotate(
    executor: &impl Executor,
    handle_hash: [u8; 32],
    generation: u32,
    now: Timestamp,
    ttl: Duration,
) -> Result<Option<Session>, StoreError> {
    let times = Expr::val(superseded_now(now)).binary(BinOper::Custom("||"), Expr::col(Column::SupersededAt));
    let length = i32::try_from(REMEMBERED_LENGTH).unwrap_or(i32::MAX);
    let rotated = session::Entity::update_many()
        .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
        .col_expr(Column::SupersededAt, Func::cust("substr").arg(times).arg(1).arg(length).into())
        .col_expr(Column::RotatedAt, now.millis().into())
        .col_expr(Column::ExpiresAt, now.plus(ttl).millis().into())
        .filter(Column::HandleHash.eq(handle_hash.to_vec()))
        .filter(Column::Generation.eq(i64::from(generation)))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .exec_with_returning(executor.writer())
        .await?;
    Ok(rotated.into_iter().next().and_then(Session::from_row))
}

/// Finds a session that has not ended if `generation` was superseded at `since` or later: a duplicate of a request, or
/// one of several tabs with the same token.
///
/// # Errors
/// [`StoreError`]
pub async fn find_superseded(
    executor: &impl Executor,
    handle_hash: [u8; 32],
    generation: u32,
    since: Timestamp,
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    let row = session::Entity::find()
        .filter(Column::HandleHash.eq(handle_hash.to_vec()))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .one(executor.reader())
        .await?;
    let is_recent = |row: &session::Model| superseded_at(row, generation).is_some_and(|time| time >= since);
    Ok(row.filter(is_recent).and_then(Session::from_row))
}

fn superseded_at(row: &session::Model, generation: u32) -> Option<Timestamp> {
    let age = usize::try_from(row.generation - 1 - i64::from(generation)).ok()?;
    let time = row.superseded_at.get(age * TIME_LENGTH..(age + 1) * TIME_LENGTH)?;
    time.parse().ok().map(Timestamp::from_millis)
}

/// Finds a session that has not ended.
///
/// # Errors
/// [`StoreError`]
pub async fn find(
    executor: &impl Executor,
    handle_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    let row = session::Entity::find()
        .filter(Column::HandleHash.eq(handle_hash.to_vec()))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .one(executor.reader())
        .await?;
    Ok(row.and_then(Session::from_row))
}

/// Ends a session and returns it.
///
/// # Errors
/// [`StoreError`]
pub async fn end(executor: &impl Executor, handle_hash: [u8; 32]) -> Result<Option<Session>, StoreError> {
    let ended = session::Entity::delete_many()
        .filter(Column::HandleHash.eq(handle_hash.to_vec()))
        .exec_with_returning(executor.writer())
        .await?;
    Ok(ended.into_iter().next().and_then(Session::from_row))
}

/// Ends all sessions of a user, and returns them.
///
/// # Errors
/// [`StoreError`]
pub async fn end_all(executor: &impl Executor, user_id: UserId) -> Result<Vec<SessionId>, StoreError> {
    let which = Column::UserId.eq(user_id.0);
    let ended = session::Entity::delete_many().filter(which).exec_with_returning(executor.writer()).await?;
    Ok(ended.into_iter().map(|row| SessionId(row.id)).collect())
}

/// A session, as its user may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSummary {
    /// The session's id.
    pub id: SessionId,
    /// When it began, which is when the user last authenticated.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Timestamp,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
}

impl From<session::Model> for SessionSummary {
    fn from(row: session::Model) -> Self {
        Self {
            id: SessionId(row.id),
            created_at: Timestamp::from_millis(row.created_at),
            used_at: Timestamp::from_millis(row.rotated_at),
            expires_at: Timestamp::from_millis(row.expires_at),
        }
    }
}

/// The sessions of a user that have not ended, the most recently used first.
///
/// # Errors
/// [`StoreError`]
pub async fn list(
    executor: &impl Executor,
    user_id: UserId,
    now: Timestamp,
) -> Result<Vec<SessionSummary>, StoreError> {
    let rows = session::Entity::find()
        .filter(Column::UserId.eq(user_id.0))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .order_by_desc(Column::RotatedAt)
        .order_by_asc(Column::Id)
        .all(executor.reader())
        .await?;
    Ok(rows.into_iter().map(SessionSummary::from).collect())
}

/// Finds one session of a user that has not ended.
///
/// # Errors
/// [`StoreError`]
pub async fn find_by_id(
    executor: &impl Executor,
    user_id: UserId,
    id: SessionId,
    now: Timestamp,
) -> Result<Option<SessionSummary>, StoreError> {
    let row = session::Entity::find_by_id(id.0)
        .filter(Column::UserId.eq(user_id.0))
        .filter(Column::ExpiresAt.gt(now.millis()))
        .one(executor.reader())
        .await?;
    Ok(row.map(SessionSummary::from))
}

/// Whether this session has not ended and its user is enabled: a condition for statements that act for the user.
pub(super) fn is_live(user_id: UserId, id: SessionId, now: Timestamp) -> Expr {
    let owner = (session::Entity, Column::UserId);
    let live = Query::select()
        .expr(Expr::val(1))
        .from(session::Entity)
        .inner_join(user::Entity, Expr::col(owner).equals((user::Entity, user::Column::Id)))
        .and_where(Expr::col((session::Entity, Column::Id)).eq(id.0))
        .and_where(Expr::col(owner).eq(user_id.0))
        .and_where(Expr::col((session::Entity, Column::ExpiresAt)).gt(now.millis()))
        .and_where(Expr::col((user::Entity, user::Column::Disabled)).eq(false))
        .to_owned();
    Expr::exists(live)
}

/// Ends one session of a person. Answers whether there was one.
///
/// # Errors
/// [`StoreError`]
pub async fn end_by_id(executor: &impl Executor, user_id: UserId, id: SessionId) -> Result<bool, StoreError> {
    let which = Column::UserId.eq(user_id.0).and(Column::Id.eq(id.0));
    let ended = session::Entity::delete_many().filter(which).exec(executor.writer()).await?;
    Ok(ended.rows_affected > 0)
}
