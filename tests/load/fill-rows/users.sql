-- Users with two roles, an identity and a session each. The load driver's returning users have the numbers from 1000.
INSERT INTO {TABLE}users
    (id, created_at, last_seen_at, display_name, avatar_url, locale, email, email_canonical, email_verified, default_role, disabled)
{NUMBERS}
SELECT {ID u}, {NOW}, {NOW}, 'User ' || (n + 999), '', 'en',
    'u' || (n + 999) || '@example.com', 'u' || (n + 999) || '@example.com', true, 'user', false
FROM numbers;

INSERT INTO {TABLE}user_roles (user_id, role) {NUMBERS} SELECT {ID u}, 'user' FROM numbers;
INSERT INTO {TABLE}user_roles (user_id, role) {NUMBERS} SELECT {ID u}, 'me' FROM numbers;

INSERT INTO {TABLE}identities (id, user_id, provider, subject, email, email_verified, created_at, updated_at)
{NUMBERS}
SELECT {ID i}, {ID u}, 'github', CAST(n + 999 AS TEXT), 'u' || (n + 999) || '@example.com', true, {NOW}, {NOW}
FROM numbers;

INSERT INTO {TABLE}sessions (id, user_id, handle_hash, generation, superseded_at, created_at, rotated_at, expires_at)
{NUMBERS}
SELECT {ID s}, {ID u}, {HASH}, 1, '', {NOW}, {NOW}, {NOW} + 2592000000
FROM numbers;
