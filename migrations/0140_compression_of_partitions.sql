-- A partition that is attached has its columns compressed as the table says. It says so only where the outbox is spread over several servers
-- (see Hosting/DistributionQueries.cs): elsewhere whoever writes recipes asks for it.
create or replace function attach_delivery_partition(from_id bigint, until_id bigint) returns void
language plpgsql security definer as $$
begin
    execute format(
        'create table deliveries_%s (like deliveries including defaults including constraints including generated including storage'
        ' including compression including indexes) with (fillfactor = 50)',
        from_id);
    execute format('alter table deliveries attach partition deliveries_%s for values from (%s) to (%s)', from_id, from_id, until_id);
end
$$;

do $$
begin
    execute format('alter function attach_delivery_partition(bigint, bigint) set search_path = %I, pg_temp', current_schema());
end
$$;
