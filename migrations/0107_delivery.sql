-- The outbox, what came back, and whom we must not mail.

create sequence delivery_ids;

-- Partitioned by id, which the sequence hands out in the order of time: rows are found by id alone, and a partition of
-- old ids is dropped whole. Each partition ends at a known id, so that its successor is attached without locking anybody out
-- (see Delivery/Retention.cs).
create table deliveries (
    id bigint not null,
    subscriber_id bigint,
    kind text not null,
    digest_on date,
    -- 0: somebody waits for it. 10: a mail stored whole. 11 and 12 are recipes: due in the order of time, and waiting in the queue
    -- of their domain.
    priority smallint not null default 10 check (priority in (0, 10, 11, 12)),
    -- The row waits in the queue of its recipient domain, which takes fewer mails than are due. Claims in the order of time do not
    -- meet it any more.
    in_domain_queue boolean not null default false,
    sender text not null,
    recipient text not null,
    recipient_key bytea not null,
    recipient_domain text not null,
    message_id text not null,
    -- The mail, or a recipe: its own octets and the steps, with pieces that it shares with others between them.
    message bytea,
    -- The pieces of a recipe in its order; null for a mail that is stored whole.
    fragments bigint[],
    content_hash bytea not null,
    state text not null check (state in
        ('queued', 'claimed', 'sending', 'sent', 'deferred', 'failed', 'unknown', 'suppressed')),
    -- What indexes tell apart. A mark changes the state from 'claimed' to 'sending', and with it no index: it is written beside the
    -- row it replaces, on the same page. 'waiting' is tried by itself; 'doubtful' as well, and may have arrived; 'parked' may have
    -- arrived and waits for the operator. Null: it is finished, and nobody looks for it.
    stage text generated always as (
        case
            when state in ('queued', 'deferred') then 'waiting'
            when state in ('claimed', 'sending') then 'in_hand'
            when state = 'unknown' and next_attempt_at is not null then 'doubtful'
            when state = 'unknown' then 'parked'
            when state = 'failed' then 'failed'
        end) stored,
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

-- What a digest has alone says much twice, as text and as HTML: lz4 halves it for some microseconds, and whoever writes
-- recipes asks for it (see Delivery/Outbox.cs). Where PostgreSQL was built without it nothing is compressed, because its
-- older method costs more than it saves.
do $$
begin
    if (select 'lz4' = any (enumvals) from pg_settings where name = 'default_toast_compression') then
        alter table deliveries alter column message set storage extended;
    else
        alter table deliveries alter column message set storage external;
    end if;
end
$$;

create index deliveries_due on deliveries (in_domain_queue, priority, next_attempt_at, id)
    where stage in ('waiting', 'doubtful');
create index deliveries_due_by_domain on deliveries (recipient_domain, next_attempt_at, id)
    where stage in ('waiting', 'doubtful') and (in_domain_queue or priority = 12);
create index deliveries_expiring on deliveries (expires_at)
    where stage in ('waiting', 'doubtful') and expires_at is not null;
-- Not by the end of the lease, which each mark moves: what is in hand are some thousand mails a sender.
create index deliveries_in_hand on deliveries (id) where stage = 'in_hand';
create index deliveries_unsettled on deliveries (stage, id) where stage in ('failed', 'doubtful', 'parked');
create index deliveries_subscriber_id on deliveries (subscriber_id);
-- Export and erasure look for an address by its hash. Equality is all they ask.
create index deliveries_recipient_key on deliveries using hash (recipient_key);
-- How sending has gone in the last hour. Rows finish in about the order in which they stand, so that a few pages tell.
create index deliveries_failed_at on deliveries (finished_at) where stage = 'failed';
create index deliveries_finished_at on deliveries using brin (finished_at) with (pages_per_range = 32, autosummarize = on);

-- Half of each page is left to what becomes of its rows: the mark, and then the result.
create table deliveries_1 partition of deliveries for values from (minvalue) to (200000000) with (fillfactor = 50);

-- When each partition was opened and closed, by the database's clock. The ids up to the end are skipped when it is closed.
create table delivery_partitions (
    name text primary key,
    opened_at timestamptz not null default now(),
    closed_at timestamptz,
    until_id bigint
);

insert into delivery_partitions (name, until_id) values ('deliveries_1', 200000000);

-- The application may run as a role that owns nothing. What it needs of the owner's rights is the upkeep of the outbox's
-- partitions: each function here does one step of it, as the owner, and nothing else.

-- Attaches the partition that holds the ids from one number to another; its name is made of the first.
create function attach_delivery_partition(from_id bigint, until_id bigint) returns void
language plpgsql security definer as $$
begin
    execute format(
        'create table deliveries_%s (like deliveries including defaults including constraints including generated including storage'
        ' including indexes) with (fillfactor = 50)',
        from_id);
    execute format('alter table deliveries attach partition deliveries_%s for values from (%s) to (%s)', from_id, from_id, until_id);
end
$$;

-- Detaches a partition that was closed. Who calls this looks, in the same transaction, whether anything in it is still owed.
create function detach_delivery_partition(partition_name text) returns void
language plpgsql security definer as $$
begin
    if not exists (select from delivery_partitions where name = partition_name and closed_at is not null) then
        raise exception '% is no closed partition of the outbox', partition_name;
    end if;
    execute format('alter table deliveries detach partition %I', partition_name);
end
$$;

-- Drops a partition that was detached.
create function drop_delivery_partition(partition_name text) returns void
language plpgsql security definer as $$
begin
    if not exists (select from delivery_partitions where name = partition_name and closed_at is not null) then
        raise exception '% is no closed partition of the outbox', partition_name;
    end if;
    if exists (select from pg_inherits where inhrelid = to_regclass(quote_ident(partition_name))) then
        raise exception '% is still attached', partition_name;
    end if;
    execute format('drop table %I', partition_name);
end
$$;

-- Names mean the tables of this schema, whatever the caller's search path says; and nobody calls these unless they are let.
do $$
declare
    signature text;
begin
    foreach signature in array array[
        'attach_delivery_partition(bigint, bigint)', 'detach_delivery_partition(text)', 'drop_delivery_partition(text)']
    loop
        execute format('alter function %s set search_path = %I, pg_temp', signature, current_schema());
        execute format('revoke all on function %s from public', signature);
    end loop;
end
$$;

-- Immutable pieces of mails under the hash of their octets. Touched when a mail begins to name them; what nobody has
-- touched for two days and no unfinished mail names is deleted (see Delivery/StoredFragments.cs).
create table fragments (
    id bigint generated always as identity primary key,
    hash bytea not null unique check (octet_length(hash) = 32),
    octets bytea not null,
    used_at timestamptz not null default now()
);

create index fragments_used_at on fragments (used_at);

-- One row: whether sending is held and why, and how a restored backup is recognised (see Delivery/Holding.cs).
create table delivery_control (
    id boolean primary key default true check (id),
    held_at timestamptz,
    held_because text,
    ledger_id uuid,
    home text,
    epoch bigint not null default 0,
    -- Grows with each release by the operator: a sender compares epochs only within one release.
    releases bigint not null default 0,
    check ((held_at is null) = (held_because is null))
);

insert into delivery_control default values;

-- Relays that take no mail, as the senders see them, so that every process and every run knows and tells.
create table relay_troubles (
    relay text primary key,
    -- Answers of the same kind; the first mail of a later run is held against the relay if it gets one.
    answers text not null,
    words text not null,
    since timestamptz not null,
    seen_at timestamptz not null,
    ended_at timestamptz,
    -- When the operator was last mailed about it, and whether the mail said that it had begun.
    told_at timestamptz,
    is_told boolean not null default false
);

-- Keyed hashes of addresses, so that the list survives the erasure of the address itself.
create table suppressions (
    address_hash bytea primary key,
    reason text not null check (reason in ('unsubscribed', 'bounced', 'complained', 'operator', 'erased')),
    detail text,
    created_at timestamptz not null
);

create index suppressions_bounced on suppressions (created_at) where reason = 'bounced';
-- The operator's page shows them by their age, a page at a time.
create index suppressions_by_age on suppressions (created_at, address_hash);

create table bounces (
    id bigint generated always as identity primary key,
    -- Whoever deletes a reader deletes these rows.
    subscriber_id bigint,
    delivery_id bigint,
    address_hash bytea not null,
    status text,
    permanent boolean not null,
    -- A mailbox that refuses for weeks is given up: only bounces that speak of the mailbox itself, or of the way to its server,
    -- count for that. What is said of us or of one mail never does.
    is_of_mailbox boolean not null default false,
    reason text,
    occurred_on date not null,
    received_at timestamptz not null
);

create index bounces_address_hash on bounces (address_hash);
create index bounces_subscriber_id on bounces (subscriber_id);
-- A report counts once for a delivery, however many copies of it come.
create index bounces_delivery_id on bounces (delivery_id);
create index bounces_received_at on bounces (received_at);
create index bounces_occurred_on on bounces (occurred_on) where permanent;

-- What came of a day's mails, so that a day on which too many bounced condemns nobody. A row each writer, lest senders
-- wait for one another.
create table bounce_days (
    happened_on date not null,
    writer text not null,
    mails bigint not null default 0,
    hard bigint not null default 0,
    primary key (happened_on, writer)
);

-- The operator has looked at a day with too many hard bounces: do they count?
create table bounce_reviews (
    happened_on date primary key,
    counts boolean not null,
    reviewed_at timestamptz not null
);
