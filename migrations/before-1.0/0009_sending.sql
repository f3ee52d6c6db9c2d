-- Claims that are not held up by a throttled domain, restored databases noticed under running senders, and retention
-- that keeps nobody waiting.

-- True: the row waits in the queue of its recipient domain, which takes fewer mails than are due. Claims in the order of
-- time do not meet it any more.
alter table deliveries add column in_domain_queue boolean not null default false;

drop index deliveries_due;
create index deliveries_due on deliveries (in_domain_queue, priority, next_attempt_at, id)
    where state in ('queued', 'deferred', 'unknown') and next_attempt_at is not null;
create index deliveries_due_by_domain on deliveries (recipient_domain, next_attempt_at, id)
    where state in ('queued', 'deferred', 'unknown') and next_attempt_at is not null and in_domain_queue;

-- A mail in doubt can be too late as well.
drop index deliveries_expiring;
create index deliveries_expiring on deliveries (expires_at)
    where state in ('queued', 'deferred', 'unknown') and next_attempt_at is not null and expires_at is not null;

-- Claims ask for each priority by itself; there are these two. Rows from before are known to have no other.
alter table deliveries add constraint deliveries_priority_check check (priority in (0, 10)) not valid;

-- Export and erasure look for an address by its hash. Equality is all they ask.
create index deliveries_recipient_key on deliveries using hash (recipient_key);

-- Grows with each release by the operator: a sender compares epochs only within one release.
alter table delivery_control add column releases bigint not null default 0;

-- Each partition ends at a known id, so that its successor is attached without locking anybody out. The ids up to the
-- end are skipped when it is closed.
alter table delivery_partitions add column until_id bigint;

do $$
declare
    open_name text;
    lower_bound text;
    upper_bound bigint;
begin
    select name into strict open_name from delivery_partitions where closed_at is null;
    lower_bound := case when open_name = 'deliveries_1' then 'minvalue' else substr(open_name, length('deliveries_') + 1) end;
    select (last_value / 100000000 + 2) * 100000000 into strict upper_bound from delivery_ids;
    execute format('alter table deliveries detach partition %I', open_name);
    execute format('alter table deliveries attach partition %I for values from (%s) to (%s)', open_name, lower_bound, upper_bound);
    update delivery_partitions set until_id = upper_bound where name = open_name;
end
$$;

-- What is older than its retention setting is looked up by these.
create index digests_digest_on on digests (digest_on);
create index bounces_received_at on bounces (received_at);
create index inbound_messages_received_at on inbound_messages (received_at);

-- A suppression outlives the erasure of its address, and the words of a server often hold that address.
update suppressions set detail = null where reason = 'bounced';
