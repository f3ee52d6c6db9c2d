-- The application may run as a role that owns nothing. What it needs of the owner's rights is the upkeep of the outbox's
-- partitions: each function here does one step of it, as the owner, and nothing else.

-- Attaches the partition that holds the ids from one number to another; its name is made of the first.
create function attach_delivery_partition(from_id bigint, until_id bigint) returns void
language plpgsql security definer as $$
begin
    execute format(
        'create table deliveries_%s (like deliveries including defaults including constraints including storage including indexes)',
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
