namespace DigestService.Tests.Delivery;

/// <summary>The rows of the outbox put aside and brought back, as a physical backup does. What PostgreSQL computes it computes anew.</summary>
internal static class OutboxBackup
{
    /// <summary>Puts a copy of all rows aside.</summary>
    public const string Take = "create table backup as select * from deliveries";

    /// <summary>Has the copy take the place of what is there.</summary>
    public const string Restore = """
        truncate deliveries;
        do $$
        declare
            stored text := (
                select string_agg(quote_ident(attname), ', ')
                from pg_attribute
                where attrelid = 'deliveries'::regclass
                  and attnum > 0
                  and not attisdropped
                  and attgenerated = '');
        begin
            execute format('insert into deliveries (%1$s) select %1$s from backup', stored);
        end
        $$
        """;
}
