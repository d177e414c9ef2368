//! The users of Nhost: `auth.users` with their roles and identities.

/// One statement, so that roles and identities belong to the same state.
pub(super) const SELECT_USERS: &str = "\
SELECT json_build_object(
    'id', u.id,
    'created_at', (extract(epoch FROM u.created_at) * 1000)::bigint,
    'last_seen_at', (extract(epoch FROM u.last_seen) * 1000)::bigint,
    'is_disabled', u.disabled,
    'is_anonymous', u.is_anonymous,
    'display_name', u.display_name,
    'avatar_url', u.avatar_url,
    'locale', u.locale,
    'email', u.email::text,
    'email_verified', u.email_verified,
    'default_role', u.default_role,
    'metadata', u.metadata::text,
    'roles', (SELECT coalesce(json_agg(r.role), '[]') FROM auth.user_roles r WHERE r.user_id = u.id),
    'identities', (
        SELECT coalesce(json_agg(json_build_object(
            'id', p.id,
            'provider', p.provider_id,
            'subject', p.provider_user_id,
            'created_at', (extract(epoch FROM p.created_at) * 1000)::bigint
        ) ORDER BY p.id), '[]')
        FROM auth.user_providers p WHERE p.user_id = u.id
    )
)::text
FROM auth.users u
WHERE $1::text IS NULL OR u.id > $1::uuid
ORDER BY u.id
LIMIT $2";
