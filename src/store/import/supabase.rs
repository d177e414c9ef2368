//! The users of Supabase Auth: `auth.users` and `auth.identities`. Columns that came with later versions are read through
//! `to_jsonb`, so that their absence is no error.

/// One statement, so that a user and its identities belong to the same state. Of identities, `provider_id` was called `id`
/// before there was an id of the row.
pub(super) const SELECT_USERS: &str = "\
SELECT json_build_object(
    'id', u.id,
    'created_at', (extract(epoch FROM u.created_at) * 1000)::bigint,
    'last_seen_at', (extract(epoch FROM u.last_sign_in_at) * 1000)::bigint,
    'is_disabled', coalesce((to_jsonb(u) ->> 'banned_until')::timestamptz > now(), false),
    'is_anonymous', coalesce((to_jsonb(u) ->> 'is_anonymous')::boolean, false),
    'is_deleted', (to_jsonb(u) ->> 'deleted_at') IS NOT NULL,
    'display_name', coalesce(u.raw_user_meta_data ->> 'full_name', u.raw_user_meta_data ->> 'name'),
    'avatar_url', coalesce(u.raw_user_meta_data ->> 'avatar_url', u.raw_user_meta_data ->> 'picture'),
    'email', nullif(u.email, ''),
    'email_verified', (to_jsonb(u) ->> 'email_confirmed_at') IS NOT NULL,
    'identities', (
        SELECT coalesce(json_agg(json_build_object(
            'id', coalesce(CASE WHEN to_jsonb(i) ? 'provider_id' THEN to_jsonb(i) ->> 'id' END, ''),
            'provider', i.provider,
            'subject', coalesce(i.identity_data ->> 'sub', to_jsonb(i) ->> 'provider_id', to_jsonb(i) ->> 'id'),
            'created_at', (extract(epoch FROM i.created_at) * 1000)::bigint
        ) ORDER BY i.provider, i.identity_data ->> 'sub'), '[]')
        FROM auth.identities i WHERE i.user_id = u.id
    )
)::text
FROM auth.users u
WHERE $1::text IS NULL OR u.id > $1::uuid
ORDER BY u.id
LIMIT $2";
