-- Keys for programs that use the API, made and revoked by the operator. Of a key only its keyed hash is held.

create table api_keys (
    id bigint generated always as identity primary key,
    name text not null check (name = btrim(name) and char_length(name) between 1 and 60),
    scope text not null check (scope in ('read', 'operate')),
    key_hash bytea not null unique,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    -- By the day, and the program as it named itself first on that day.
    last_used_on date,
    last_used_by text
);
