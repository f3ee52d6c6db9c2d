-- What a digest has alone says much twice, as text and as HTML: lz4 halves it for some microseconds, and whoever writes
-- recipes asks for it (see Delivery/Outbox.cs). Where PostgreSQL was built without it nothing is compressed, because its
-- older method costs more than it saves.
do $$
begin
    if (select 'lz4' = any (enumvals) from pg_settings where name = 'default_toast_compression') then
        alter table deliveries alter column message set storage extended;
    end if;
end
$$;
