-- Mail that comes in: stored before it is read, acted on once, kept for the operator where a person wrote something
-- that no command covers.

create table inbound_messages (
    id bigint generated always as identity primary key,
    -- The same octets are the same message, whichever way and however often they come.
    content_hash bytea not null unique,
    source text not null check (source in ('imap', 'maildir', 'pipe', 'webhook')),
    raw bytea,
    is_truncated boolean not null default false,
    kind text,
    action text,
    -- Whoever deletes a reader deletes these rows.
    subscriber_id bigint,
    -- Keyed hash of the address that an answer went to: nobody is answered more than once an hour and three times a day.
    answered_hash bytea,
    answered_at timestamptz,
    -- Waits for its sender to say that they sent it; null once they did, or where nothing waits.
    awaits_until timestamptz,
    sender_hash bytea,
    -- Keyed hashes of the addresses that a mail names, so that erasing a reader finds the mails that others wrote about them
    -- without reading all. Null where they were not looked for: such mails are read.
    named bytea[],
    subject text,
    excerpt text,
    is_kept boolean not null default false,
    attempts integer not null default 0,
    error text,
    received_at timestamptz not null,
    handled_at timestamptz
);

create index inbound_messages_waiting on inbound_messages (id) where handled_at is null;
create index inbound_messages_kept on inbound_messages (id) where is_kept;
create index inbound_messages_unread on inbound_messages (id) where named is null and (raw is not null or subject is not null or excerpt is not null);
create index inbound_messages_named on inbound_messages using gin (named);
create index inbound_messages_sender_hash on inbound_messages (sender_hash);
create index inbound_messages_subscriber_id on inbound_messages (subscriber_id);
create index inbound_messages_received_at on inbound_messages (received_at);

-- When each inbox was last looked into and what hinders it, written by whoever reads it, for the doctor, /readyz, /metrics
-- and the operator's pages.
create table inbox_looks (
    -- Which inbox: imap with account, host and folder, or maildir with its path.
    inbox text primary key,
    -- The last look that worked.
    looked_at timestamptz,
    -- The last one that found mail.
    read_at timestamptz,
    failing_since timestamptz,
    error text,
    -- What should be mended though mail is read.
    warning text
);
