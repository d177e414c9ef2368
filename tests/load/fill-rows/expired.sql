-- Rows that maintenance deletes: as many sessions as used flows, which expired an hour or more ago.
INSERT INTO {TABLE}users
    (id, created_at, last_seen_at, display_name, avatar_url, locale, email_verified, default_role, disabled)
WITH numbers AS (SELECT 1 AS n)
SELECT {ID e}, {NOW}, {NOW}, 'Expired', '', 'en', false, 'user', false FROM numbers;

INSERT INTO {TABLE}sessions (id, user_id, handle_hash, generation, superseded_at, created_at, rotated_at, expires_at)
{NUMBERS}
SELECT {ID x}, (SELECT id FROM {TABLE}users WHERE display_name = 'Expired'), {HASH}, 1, '', {NOW}, {NOW},
    {NOW} - 3600000 - n
FROM numbers;

INSERT INTO {TABLE}used_flows (flow_hash, expires_at) {NUMBERS} SELECT {HASH}, {NOW} - 3600000 - n FROM numbers;
