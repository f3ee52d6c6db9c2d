-- Long abstracts are compressed by lz4 from now on, where PostgreSQL was built with it: that takes a fifth of the time of its older
-- method, in which those that are there stay.
do $$
begin
    if (select 'lz4' = any (enumvals) from pg_settings where name = 'default_toast_compression') then
        alter table papers
            alter column abstract set compression lz4,
            alter column original_abstract set compression lz4;
    end if;
end
$$;
