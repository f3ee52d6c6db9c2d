-- The names of papers and their places in listings refer to papers and listings without foreign keys: PostgreSQL checks those row by
-- row, which took a third of its time of an import. In their place
--
--   whoever writes such rows first holds the papers and listings they name (for key share), all of a batch in one statement, and
--   writes none whose paper or listing is gone; what the same transaction made nobody else can remove;
--   whoever removes papers or listings, by hand too, removes their names and places by the triggers below, which wait for the
--   first and see what it has written.
--
-- Votes keep their foreign key: there are few.
-- An import reads the names before it writes papers: the other way round the two would wait for each other.
select pg_advisory_xact_lock(7310020001);
lock table paper_keys, listing_entries, papers, listings in access exclusive mode;

create function forget_removed_papers() returns trigger language plpgsql security definer as $$
begin
    perform see_what_is_committed();
    delete from paper_keys where paper_id in (select id from removed);
    delete from listing_entries where paper_id in (select id from removed);
    return null;
end
$$;

create function forget_removed_listings() returns trigger language plpgsql security definer as $$
begin
    perform see_what_is_committed();
    delete from listing_entries where listing_id in (select id from removed);
    return null;
end
$$;

create function forget_all_papers() returns trigger language plpgsql security definer as $$
begin
    perform see_what_is_committed();
    delete from paper_keys;
    delete from listing_entries;
    return null;
end
$$;

create function forget_all_places() returns trigger language plpgsql security definer as $$
begin
    perform see_what_is_committed();
    delete from listing_entries;
    return null;
end
$$;

-- A transaction that sees the database as it was would not see what an import wrote that it waited for.
create function see_what_is_committed() returns void language plpgsql as $$
begin
    if current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
        raise exception 'Papers and listings are removed in a transaction that is read committed.'
            using errcode = 'invalid_transaction_state';
    end if;
end
$$;

-- A catalogue that is spread over several servers keeps the foreign keys: Citus takes no trigger on its tables there.
do $$
declare
    trigger_function text;
    is_spread boolean := false;
begin
    foreach trigger_function in array array['forget_removed_papers', 'forget_removed_listings', 'forget_all_papers', 'forget_all_places'] loop
        execute format('alter function %s() set search_path = %I, pg_temp', trigger_function, current_schema());
        -- A trigger that is there needs no right; whoever may make tables of their own could call them by another.
        execute format('revoke all on function %s() from public', trigger_function);
    end loop;
    if to_regclass('pg_catalog.pg_dist_partition') is not null then
        execute 'select exists (select from pg_catalog.pg_dist_partition where logicalrelid = ''papers''::regclass)' into is_spread;
    end if;
    if is_spread then
        return;
    end if;
    create trigger papers_removed after delete on papers
        referencing old table as removed
        for each statement execute function forget_removed_papers();
    create trigger papers_emptied after truncate on papers
        for each statement execute function forget_all_papers();
    create trigger listings_removed after delete on listings
        referencing old table as removed
        for each statement execute function forget_removed_listings();
    create trigger listings_emptied after truncate on listings
        for each statement execute function forget_all_places();
    alter table paper_keys drop constraint paper_keys_paper_id_fkey;
    alter table listing_entries
        drop constraint listing_entries_paper_id_fkey,
        drop constraint listing_entries_listing_id_fkey;
    -- As the abstracts in 0131_compress_abstracts.sql: long lists of authors were the other half of what is compressed.
    if (select 'lz4' = any (enumvals) from pg_settings where name = 'default_toast_compression') then
        alter table papers
            alter column authors set compression lz4,
            alter column comment set compression lz4,
            alter column in_short set compression lz4,
            alter column keywords set compression lz4;
    end if;
end
$$;

-- What waits to be matched stands in unmatched_papers, and papers_newest finds a day as well.
drop index papers_unmatched;
drop index papers_first_listed_on;
