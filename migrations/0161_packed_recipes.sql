-- Where the outbox is spread over several servers Citus takes these for all parts only one after another.
select set_config('citus.multi_shard_modify_mode', 'sequential', true);

-- Recipes that are packed by what the digests of a day have in common have priority 13: version 1.0.0, which cannot read them, claims others alone in the order of time.
alter table deliveries drop constraint deliveries_priority_check;
alter table deliveries add constraint deliveries_priority_check check (priority in (0, 10, 11, 12, 13)) not valid;

-- They are a kilobyte, and stand beside the row like all recipes: a mark writes the row anew, and the recipe not. Three fifths of each page
-- are left to what becomes of its rows, as long as nothing of them can be taken away yet: the mark as long as the row, and the result.
do $$
declare
    partition regclass;
begin
    for partition in select inhrelid::regclass from pg_inherits where inhparent = 'deliveries'::regclass
    loop
        execute format('alter table %s set (fillfactor = 40, toast_tuple_target = 1024)', partition);
    end loop;
end
$$;

create or replace function attach_delivery_partition(from_id bigint, until_id bigint) returns void
language plpgsql security definer as $$
begin
    execute format(
        'create table deliveries_%s (like deliveries including defaults including constraints including generated including storage'
        ' including compression including indexes) with (fillfactor = 40, toast_tuple_target = 1024)',
        from_id);
    execute format('alter table deliveries attach partition deliveries_%s for values from (%s) to (%s)', from_id, from_id, until_id);
end
$$;

do $$
begin
    execute format('alter function attach_delivery_partition(bigint, bigint) set search_path = %I, pg_temp', current_schema());
end
$$;
