namespace DigestService.Platform;

/// <summary>Applies <c>migrations/</c>.</summary>
internal static class Migrator
{
    /// <summary>Brings the schema up to date.</summary>
    public static async Task MigrateAsync(Database database, CancellationToken ct)
    {
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "migrations"), "*.sql").Order(StringComparer.Ordinal))
            await database.ExecuteAsync(await File.ReadAllTextAsync(file, ct), null, ct);
    }
}
