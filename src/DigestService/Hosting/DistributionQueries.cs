namespace DigestService.Hosting;

/// <summary>The SQL of <see cref="Distribution"/>.</summary>
internal static class DistributionQueries
{
    /// <summary>Tables that statements on readers look into, whole on every server. What refers to them stays on the coordinator.</summary>
    public static readonly string[] References = ["papers", "hidden_papers", "merged_papers", "queries", "topics", "lists"];

    /// <summary>Tables whose key begins with the bucket; that of readers comes first.</summary>
    public static readonly string[] Readers =
        ["subscribers", "subscriber_addresses", "preferences", "feedback", "hidden_feedback", "earlier_papers", "address_changes", "digests", "deliveries"];

    public const string Version = """
        -- distribution.version
        select extversion from pg_extension where extname = 'citus'
        """;

    public const string LocalGroup = """
        -- distribution.local_group
        select groupid from pg_dist_local_group
        """;

    public const string Nodes = """
        -- distribution.nodes
        select groupid as group_id, shouldhaveshards as takes_shards
        from pg_dist_node
        where noderole = 'primary'
        """;

    public const string VersionOnNodes = """
        -- distribution.version_on_nodes
        select n.nodename || ':' || n.nodeport as name, a.success, coalesce(a.result, '') as result
        from run_command_on_all_nodes($$select extversion from pg_extension where extname = 'citus'$$) a
        join pg_dist_node n using (nodeid)
        order by a.nodeid
        """;

    public const string HasLists = """
        -- distribution.has_lists
        select exists (select from lists)
        """;

    /// <summary>Held by the session: the tables are spread in transactions of their own.</summary>
    public const string Lock = "select pg_advisory_lock(7236457202)";

    public const string Unlock = "select pg_advisory_unlock(7236457202)";

    /// <summary>Whether a run was broken off.</summary>
    public const string IsUnderWay = """
        -- distribution.is_under_way
        select to_regclass('set_aside_by_distribution') is not null
        """;

    /// <summary>Tables that are not spread yet, in the order in which they are, and what they take on disk.</summary>
    public const string Waiting = """
        -- distribution.waiting
        select t.name, t.is_reference,
               pg_size_pretty(coalesce(
                   (select sum(pg_total_relation_size(relid))::bigint from pg_partition_tree(t.name::regclass)), pg_total_relation_size(t.name::regclass))) as size
        from (
            select name, true as is_reference, place
            from unnest(@references) with ordinality as r (name, place)
            union all
            select name, false, place
            from unnest(@readers) with ordinality as r (name, place)) t
        left join pg_dist_partition p on p.logicalrelid = t.name::regclass
        where case when t.is_reference then p.partmethod = 'n' and p.repmodel = 't' else p.partmethod = 'h' end is not true
        order by not t.is_reference, t.place
        """;

    /// <summary>
    /// Takes off what Citus would refuse, and writes it down until it is put back: triggers on tables that are spread or that
    /// refer to a reference table, and references to readers. Those that add a bucket for programs from before 1.0.0, and those of
    /// lists, of which there are none here, are not put back, and those that remove what belongs to a paper or a listing become foreign keys. Neither is the reference of an address to its reader, who may stand in another
    /// bucket: the program deletes both itself.
    /// </summary>
    public const string SetAside = """
        -- distribution.set_aside
        do $$
        declare
            found record;
            spread constant regclass[] := array[
                'papers', 'hidden_papers', 'merged_papers', 'queries', 'topics', 'lists', 'listings', 'listing_entries', 'votes', 'topic_matches',
                'subscribers', 'subscriber_addresses', 'preferences', 'feedback', 'hidden_feedback', 'earlier_papers', 'address_changes', 'digests', 'deliveries']::regclass[];
        begin
            create table if not exists set_aside_by_distribution (
                relation text not null,
                name text not null,
                definition text not null,
                is_trigger boolean not null,
                primary key (relation, name)
            );
            for found in
                select t.tgrelid::regclass as relation, t.tgname as name, pg_get_triggerdef(t.oid) as definition,
                       t.tgname in ('papers_added', 'paper_changed', 'candidates_changed', 'candidates_changed_again') as comes_back
                from pg_trigger t
                where t.tgrelid = any (spread)
                  and not t.tgisinternal
            loop
                if found.comes_back then
                    insert into set_aside_by_distribution
                    values (found.relation::text, found.name, found.definition, true)
                    on conflict do nothing;
                end if;
                execute format('drop trigger %I on %s', found.name, found.relation);
            end loop;
            for found in
                select c.conrelid::regclass as relation, c.conname as name, pg_get_constraintdef(c.oid) as definition
                from pg_constraint c
                where c.contype = 'f'
                  and c.confrelid = 'subscribers'::regclass
                  and c.conparentid = 0
                  and not exists (select from pg_dist_partition p where p.logicalrelid = 'subscribers'::regclass and p.partmethod = 'h')
            loop
                if found.relation <> 'subscriber_addresses'::regclass then
                    insert into set_aside_by_distribution
                    values (found.relation::text, found.name, found.definition, false)
                    on conflict do nothing;
                end if;
                execute format('alter table %s drop constraint %I', found.relation, found.name);
            end loop;
            -- What the triggers of papers and listings did (0155_rows_of_the_catalogue_held.sql), foreign keys do: a table that refers to a
            -- reference table may stand beside it in every statement.
            for found in
                select f.*
                from (values
                    ('paper_keys', 'paper_keys_paper_id_fkey', 'paper_id', 'papers'),
                    ('listing_entries', 'listing_entries_paper_id_fkey', 'paper_id', 'papers'),
                    ('listing_entries', 'listing_entries_listing_id_fkey', 'listing_id', 'listings')) as f (relation, name, named, referred)
                where not exists (select from pg_constraint c where c.conrelid = f.relation::regclass and c.conname = f.name)
            loop
                execute format('delete from %I t where not exists (select from %I r where r.id = t.%I)', found.relation, found.referred, found.named);
                execute format('alter table %I add constraint %I foreign key (%I) references %I (id) on delete cascade',
                    found.relation, found.name, found.named, found.referred);
            end loop;
            -- Whoever writes recipes asks for lz4 in a session, of which the other servers hear nothing: there the column says it.
            for found in
                select t.relid as relation
                from pg_partition_tree('deliveries') t
                join pg_attribute a on a.attrelid = t.relid and a.attname = 'message' and a.attcompression = ''
                where (select 'lz4' = any (enumvals) from pg_settings where name = 'default_toast_compression')
            loop
                execute format('alter table %s alter column message set compression lz4', found.relation);
            end loop;
        end
        $$
        """;

    /// <summary>
    /// Adds the references again, and the triggers, on the coordinator's own copy of each table: Citus takes none on the table that programs see,
    /// and every change goes through that copy once.
    /// </summary>
    public const string PutBack = """
        -- distribution.put_back
        set citus.override_table_visibility = off;
        set citus.enable_manual_changes_to_shards = on;
        do $$
        declare
            kept record;
        begin
            for kept in
                select k.*
                from set_aside_by_distribution k
                where not k.is_trigger
                  and not exists (select from pg_constraint c where c.conrelid = k.relation::regclass and c.conname = k.name)
            loop
                execute format('alter table %s add constraint %I %s', kept.relation, kept.name, kept.definition);
            end loop;
        end
        $$;
        set citus.enable_ddl_propagation = off;
        do $$
        declare
            kept record;
            copy text;
        begin
            for kept in
                select k.*, s.shardid
                from set_aside_by_distribution k
                left join pg_dist_shard s on s.logicalrelid = k.relation::regclass
                where k.is_trigger
            loop
                -- What neither is spread nor refers to what is has no copy.
                copy := format('%I', kept.relation || coalesce('_' || kept.shardid, ''));
                if not exists (select from pg_trigger t where t.tgrelid = copy::regclass and t.tgname = kept.name) then
                    execute replace(kept.definition, format(' ON public.%I ', kept.relation), format(' ON public.%s ', copy));
                end if;
            end loop;
            -- One connection to each server a transaction: Citus refuses to change a reference table after several have read what refers to it.
            execute format('alter database %I set citus.multi_shard_modify_mode = ''sequential''', current_database());
        end
        $$;
        reset citus.enable_ddl_propagation;
        reset citus.override_table_visibility;
        reset citus.enable_manual_changes_to_shards
        """;

    /// <summary>Last of all the list goes of what was taken off, by which programs know that a run is under way.</summary>
    public const string End = """
        -- distribution.end
        drop table set_aside_by_distribution
        """;
}
