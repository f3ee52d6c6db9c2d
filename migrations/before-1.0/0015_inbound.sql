-- Mail that comes in: stored before it is read, acted on once, kept for the operator where a person wrote something
-- that no command covers.

alter table inbound_messages
    drop column mailbox_key,
    alter column raw drop not null,
    -- The same octets are the same message, whichever way and however often they come.
    add column content_hash bytea not null unique,
    add column source text not null check (source in ('imap', 'maildir', 'pipe', 'webhook')),
    add column is_truncated boolean not null default false,
    add column subscriber_id bigint references subscribers (id) on delete cascade,
    -- Keyed hash of the address that an answer went to: nobody is answered more than once an hour and three times a day.
    add column answered_hash bytea,
    add column answered_at timestamptz,
    -- Waits for its sender to say that they sent it; null once they did, or where nothing waits.
    add column awaits_until timestamptz,
    add column sender_hash bytea,
    add column subject text,
    add column excerpt text,
    add column is_kept boolean not null default false,
    add column attempts integer not null default 0,
    add column error text;

create index inbound_messages_waiting on inbound_messages (id) where handled_at is null;
create index inbound_messages_answered on inbound_messages (answered_hash, answered_at) where answered_at is not null;
create index inbound_messages_kept on inbound_messages (id) where is_kept;
create index inbound_messages_sender_hash on inbound_messages (sender_hash);
create index inbound_messages_subscriber_id on inbound_messages (subscriber_id);

-- A report counts once for a delivery, however many copies of it come.
create index bounces_delivery_id on bounces (delivery_id);
