-- Mails stand in the 64 buckets of the readers. The last six bits of a mail's id are its bucket: that of its reader, or that of its
-- recipient's address where it has no reader. Mails from before keep their ids, and with them whatever bucket these say.

-- First the sequence: this waits until every mail has been written whose id is taken from it, and whoever wants an id waits for us. So
-- nobody writes a row with an id of the former kind later, and the default below is right for programs that name no bucket.
alter sequence delivery_ids increment by 64;
lock table deliveries in access exclusive mode;
select setval('delivery_ids', (last_value / 64 + 1) * 64, false) from delivery_ids;

-- The indexes of a large table are made once it is rewritten.
alter table deliveries drop constraint deliveries_pkey;
drop index deliveries_due, deliveries_due_by_domain, deliveries_expiring, deliveries_in_hand, deliveries_unsettled,
    deliveries_subscriber_id, deliveries_recipient_key, deliveries_failed_at, deliveries_finished_at;

-- One rewrite fills both columns in and holds them against the check; afterwards the bucket is a column like any other, as one to
-- distribute by has to be. A program of version 1.0.0 that still runs takes ids whose last six bits are zero.
alter table deliveries
    add column bucket smallint not null generated always as ((id & 63)::smallint) stored,
    -- What stands in the queue of its domain, by either version's way of saying so, is none of those that are claimed in the order of time.
    add column is_queued_by_domain boolean generated always as (in_domain_queue or priority = 12) stored,
    add check (bucket = (id & 63));
alter table deliveries
    alter column bucket drop expression,
    alter column bucket set default 0,
    add primary key (bucket, id);

-- Bucket by bucket in the order of time. What overtakes digests is claimed in the order of time over all buckets.
create index deliveries_due on deliveries (bucket, is_queued_by_domain, next_attempt_at, id)
    where stage in ('waiting', 'doubtful');
create index deliveries_urgent on deliveries (next_attempt_at, id)
    where stage in ('waiting', 'doubtful') and priority = 0;

-- The others as they were.
create index deliveries_due_by_domain on deliveries (recipient_domain, next_attempt_at, id)
    where stage in ('waiting', 'doubtful') and (in_domain_queue or priority = 12);
create index deliveries_expiring on deliveries (expires_at)
    where stage in ('waiting', 'doubtful') and expires_at is not null;
create index deliveries_in_hand on deliveries (id) where stage = 'in_hand';
create index deliveries_unsettled on deliveries (stage, id) where stage in ('failed', 'doubtful', 'parked');
create index deliveries_subscriber_id on deliveries (subscriber_id);
create index deliveries_recipient_key on deliveries using hash (recipient_key);
create index deliveries_failed_at on deliveries (finished_at) where stage = 'failed';
create index deliveries_finished_at on deliveries using brin (finished_at) with (pages_per_range = 32, autosummarize = on);

-- Ids run 64 times as fast, and so the open partition takes 64 times as many of them.
do $$
declare
    open record;
begin
    for open in
        select p.name, p.until_id, substring(pg_get_expr(c.relpartbound, c.oid) from 'FROM \((.*)\) TO') as from_id
        from delivery_partitions p
        join pg_class c on c.oid = to_regclass(p.name)
        where p.closed_at is null
    loop
        execute format('alter table deliveries detach partition %I', open.name);
        execute format('alter table deliveries attach partition %I for values from (%s) to (%s)', open.name, open.from_id, open.until_id + 6400000000);
        update delivery_partitions set until_id = open.until_id + 6400000000 where name = open.name;
    end loop;
end
$$;
