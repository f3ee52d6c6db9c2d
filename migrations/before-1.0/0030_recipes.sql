-- A digest in the outbox is a recipe: its own octets, and the pieces that it shares with others, which are stored once.

-- Immutable pieces of mails under the hash of their octets. Touched when a mail begins to name them; what nobody has
-- touched for two days and no unfinished mail names is deleted (see Delivery/StoredFragments.cs).
create table fragments (
    id bigint generated always as identity primary key,
    hash bytea not null unique check (octet_length(hash) = 32),
    octets bytea not null,
    used_at timestamptz not null default now()
);

create index fragments_used_at on fragments (used_at);

-- The fragments of a recipe in its order; null for a mail that is stored whole.
alter table deliveries add column fragments bigint[];

-- 11 and 12 are recipes: due in the order of time, and waiting in the queue of their domain. A version of the program
-- that knows whole mails alone claims neither.
alter table deliveries drop constraint deliveries_priority_check;
alter table deliveries add constraint deliveries_priority_check check (priority in (0, 10, 11, 12)) not valid;

drop index deliveries_due_by_domain;
create index deliveries_due_by_domain on deliveries (recipient_domain, next_attempt_at, id)
    where state in ('queued', 'deferred', 'unknown') and next_attempt_at is not null and (in_domain_queue or priority = 12);
