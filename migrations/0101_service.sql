-- What the service knows of itself: its secrets, who may enter, what happened by the hour.

create table service_secrets (
    name text primary key,
    value bytea not null
);

-- Sessions of the operator that are open; signing out removes the row, and the cookie opens nothing any more.
create table admin_sessions (
    id bigint primary key,
    expires_at timestamptz not null
);

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

-- How many mails answered sign-ups and asked for links in each hour, whoever asked: a bound on what strangers make us send.
create table sign_up_hours (
    hour timestamptz primary key,
    mails integer not null
);

-- What happened in each hour, for the operator's pages: counted once from the large tables, then read from here.
create table hourly_counts (
    hour timestamptz not null,
    name text not null,
    count bigint not null check (count >= 0),
    primary key (hour, name)
);
