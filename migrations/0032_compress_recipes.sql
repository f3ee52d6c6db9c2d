-- What a digest has alone says much twice, as text and as HTML: lz4 halves it for some microseconds. Where PostgreSQL was
-- built without it nothing is compressed, because its older method costs more than it saves.
do $$
declare
    part regclass;
begin
    if (select 'lz4' = any (enumvals) from pg_settings where name = 'default_toast_compression') then
        for part in select relid from pg_partition_tree('deliveries') loop
            execute format('alter table %s alter column message set compression lz4, alter column message set storage extended', part);
        end loop;
    end if;
end
$$;
