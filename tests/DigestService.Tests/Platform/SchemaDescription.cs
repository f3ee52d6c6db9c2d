using DigestService.Platform;

namespace DigestService.Tests.Platform;

/// <summary>What a database's schema is, a line each: two databases with the same lines differ in nothing but the order of columns.</summary>
internal static class SchemaDescription
{
    private const string Sql = """
        select line
        from (
            select format('relation %s %s %s %s %s %s', c.oid::regclass, c.relkind, c.relpersistence, c.reloptions, c.relacl, pg_get_expr(c.relpartbound, c.oid))
            from pg_class c
            where c.relnamespace = any (array['public', 'quartz']::regnamespace[]) and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
            union all
            select format('column %s.%s %s not null %s default %s identity %s generated %s storage %s compression %s collation %s', a.attrelid::regclass, a.attname,
                format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attstorage,
                a.attcompression, a.attcollation::regcollation)
            from pg_attribute a
            join pg_class c on c.oid = a.attrelid
            left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where c.relnamespace = any (array['public', 'quartz']::regnamespace[]) and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped
            union all
            select format('constraint %s.%s %s validated %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated)
            from pg_constraint
            where connamespace = 'public'::regnamespace
            union all
            select format('index %s %s', indexrelid::regclass, pg_get_indexdef(indexrelid))
            from pg_index i
            join pg_class c on c.oid = i.indrelid
            where c.relnamespace = 'public'::regnamespace
            union all
            select format('statistics %s %s %s %s', stxname, stxrelid::regclass, stxkind, (
                select array_agg(attname order by attname) from pg_attribute where attrelid = stxrelid and attnum = any (stxkeys)))
            from pg_statistic_ext
            union all
            select format('trigger %s %s', tgrelid::regclass, pg_get_triggerdef(oid))
            from pg_trigger
            where not tgisinternal
            union all
            select format('function %s %s %s', oid::regprocedure, pg_get_functiondef(oid), proacl)
            from pg_proc
            where pronamespace = 'public'::regnamespace
            union all
            select format('view %s %s', oid::regclass, pg_get_viewdef(oid))
            from pg_class
            where relnamespace = 'public'::regnamespace and relkind = 'v'
            union all
            select format('sequence %s %s %s %s %s %s', seqrelid::regclass, seqtypid::regtype, seqstart, seqincrement, seqmax, seqcache)
            from pg_sequence
            union all
            select format('row of delivery_partitions %s %s', name, until_id)
            from delivery_partitions
            union all
            select format('row of delivery_control %s', to_jsonb(c))
            from delivery_control c) as described (line)
        order by line collate "C"
        """;

    public static Task<IReadOnlyList<string>> ReadAsync(Database database) => database.QueryAsync<string>(Sql, null, CancellationToken.None);
}
