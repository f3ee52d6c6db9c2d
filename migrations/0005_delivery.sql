-- The outbox, what came back, and whom we must not mail.

create sequence delivery_ids;

create table deliveries (
    id bigint not null,
    subscriber_id bigint,
    kind text not null,
    digest_on date,
    priority smallint not null default 10,
    sender text not null,
    recipient text not null,
    recipient_key bytea not null,
    recipient_domain text not null,
    message_id text not null,
    message bytea,
    content_hash bytea not null,
    state text not null check (state in
        ('queued', 'claimed', 'sending', 'sent', 'deferred', 'failed', 'unknown', 'suppressed')),
    fence bigint not null default 0,
    owner text,
    lease_until timestamptz,
    attempts integer not null default 0,
    doubts integer not null default 0,
    next_attempt_at timestamptz not null,
    expires_at timestamptz,
    relay text,
    reply text,
    created_at timestamptz not null,
    finished_at timestamptz,
    primary key (id)
);

create table suppressions (
    address_hash bytea primary key,
    reason text not null check (reason in ('unsubscribed', 'bounced', 'complained', 'operator', 'erased')),
    detail text,
    created_at timestamptz not null
);

create table bounces (
    id bigint generated always as identity primary key,
    subscriber_id bigint references subscribers (id) on delete cascade,
    delivery_id bigint,
    address_hash bytea not null,
    status text,
    permanent boolean not null,
    reason text,
    occurred_on date not null,
    received_at timestamptz not null
);

create index bounces_address_hash on bounces (address_hash);

create table inbound_messages (
    id bigint generated always as identity primary key,
    mailbox_key text unique,
    raw bytea not null,
    kind text,
    action text,
    received_at timestamptz not null,
    handled_at timestamptz
);
