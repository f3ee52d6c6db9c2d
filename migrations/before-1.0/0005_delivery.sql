-- The outbox, what came back, and whom we must not mail.

create sequence delivery_ids;

-- Partitioned by id, which the sequence hands out in the order of time: rows are found by id alone, and a partition of
-- old ids is dropped whole. The last partition is open-ended; closing it means cutting at the sequence (see
-- Delivery/Retention.cs).
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
    faults integer not null default 0,
    -- Null: not by itself; the operator decides, or it is finished.
    next_attempt_at timestamptz,
    expires_at timestamptz,
    relay text,
    reply text,
    created_at timestamptz not null,
    finished_at timestamptz,
    primary key (id),
    check (state not in ('claimed', 'sending') or (owner is not null and lease_until is not null)),
    check (state not in ('queued', 'deferred') or next_attempt_at is not null),
    check (message is not null or state in ('sent', 'failed', 'suppressed'))
) partition by range (id);

-- Mails are text in base64 or quoted-printable that lives for hours: compressing them costs more than it saves.
alter table deliveries alter column message set storage external;

create index deliveries_due on deliveries (priority, next_attempt_at, id)
    where state in ('queued', 'deferred', 'unknown') and next_attempt_at is not null;
create index deliveries_in_hand on deliveries (lease_until) where state in ('claimed', 'sending');
create index deliveries_expiring on deliveries (expires_at) where state in ('queued', 'deferred') and expires_at is not null;
create index deliveries_unsettled on deliveries (state, id) where state in ('failed', 'unknown');
create index deliveries_subscriber_id on deliveries (subscriber_id);

create table deliveries_1 partition of deliveries for values from (minvalue) to (maxvalue);

-- When each partition was opened and closed, by the database's clock.
create table delivery_partitions (
    name text primary key,
    opened_at timestamptz not null default now(),
    closed_at timestamptz
);

insert into delivery_partitions (name) values ('deliveries_1');

-- One row: whether sending is held and why, and how a restored backup is recognised (see Delivery/Holding.cs).
create table delivery_control (
    id boolean primary key default true check (id),
    held_at timestamptz,
    held_because text,
    ledger_id uuid,
    home text,
    epoch bigint not null default 0,
    check ((held_at is null) = (held_because is null))
);

insert into delivery_control default values;

-- Digest days the operator has stopped: what is still unsent of them ends as suppressed.
create table killed_digests (
    digest_on date primary key,
    killed_at timestamptz not null default now()
);

-- Keyed hashes of addresses, so that the list survives the erasure of the address itself.
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
create index bounces_subscriber_id on bounces (subscriber_id);

create table inbound_messages (
    id bigint generated always as identity primary key,
    mailbox_key text unique,
    raw bytea not null,
    kind text,
    action text,
    received_at timestamptz not null,
    handled_at timestamptz
);
