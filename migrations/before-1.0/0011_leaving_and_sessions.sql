-- Leaving works by every mail ever sent, and the operator's sessions can be ended.

-- Which row a reader had before they were erased. Links in mails name the row: when the reader comes back under a new
-- one, an old unsubscribe link still has to end the present subscription. It holds no address, only its keyed hash.
create table former_subscribers (
    subscriber_id bigint primary key,
    address_hash bytea not null,
    present_id bigint references subscribers (id) on delete set null
);

create index former_subscribers_address_hash on former_subscribers (address_hash);
create index former_subscribers_present_id on former_subscribers (present_id) where present_id is not null;

-- Sessions of the operator that are open; signing out removes the row, and the cookie opens nothing any more.
create table admin_sessions (
    id bigint primary key,
    expires_at timestamptz not null
);
