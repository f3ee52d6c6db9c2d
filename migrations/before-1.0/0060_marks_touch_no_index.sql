-- A mark changes the state of a mail from 'claimed' to 'sending', and with it no index: indexes tell stages apart, and both
-- states are one stage. A mark is then written beside the row it replaces, on the same page.
--
-- The column is computed from the state, for every program that writes it. Adding it writes the outbox anew, once. A program
-- of the version before works on, but looks for states, which no index knows any more: it reads what it looks for out of
-- whole partitions.

drop index deliveries_due;
drop index deliveries_due_by_domain;
drop index deliveries_in_hand;
drop index deliveries_expiring;
drop index deliveries_unsettled;
drop index deliveries_failed_at;

-- 'waiting' is tried by itself; 'doubtful' as well, and may have arrived; 'parked' may have arrived and waits for the operator.
-- Null: it is finished, and nobody looks for it.
alter table deliveries add column stage text generated always as (
    case
        when state in ('queued', 'deferred') then 'waiting'
        when state in ('claimed', 'sending') then 'in_hand'
        when state = 'unknown' and next_attempt_at is not null then 'doubtful'
        when state = 'unknown' then 'parked'
        when state = 'failed' then 'failed'
    end) stored;

create index deliveries_due on deliveries (in_domain_queue, priority, next_attempt_at, id)
    where stage in ('waiting', 'doubtful');
create index deliveries_due_by_domain on deliveries (recipient_domain, next_attempt_at, id)
    where stage in ('waiting', 'doubtful') and (in_domain_queue or priority = 12);
create index deliveries_expiring on deliveries (expires_at)
    where stage in ('waiting', 'doubtful') and expires_at is not null;
-- Not by the end of the lease, which each mark moves: what is in hand are some thousand mails a sender.
create index deliveries_in_hand on deliveries (id) where stage = 'in_hand';
create index deliveries_unsettled on deliveries (stage, id) where stage in ('failed', 'doubtful', 'parked');
create index deliveries_failed_at on deliveries (finished_at) where stage = 'failed';

-- Half of each page is left to what becomes of its rows: the mark, and then the result.
do $$
declare
    open_name text;
begin
    for open_name in select name from delivery_partitions where closed_at is null loop
        execute format('alter table %I set (fillfactor = 50)', open_name);
    end loop;
end
$$;

create or replace function attach_delivery_partition(from_id bigint, until_id bigint) returns void
language plpgsql security definer as $$
begin
    execute format(
        'create table deliveries_%s (like deliveries including defaults including constraints including generated including storage'
        ' including indexes) with (fillfactor = 50)',
        from_id);
    execute format('alter table deliveries attach partition deliveries_%s for values from (%s) to (%s)', from_id, from_id, until_id);
end
$$;

do $$
begin
    execute format('alter function attach_delivery_partition(bigint, bigint) set search_path = %I, pg_temp', current_schema());
end
$$;
