namespace DigestService.Platform;

/// <summary>Whether what PostgreSQL says it has written survives a crash: no promise about mails holds longer.</summary>
internal static class Durability
{
    private const string Settings = """
        -- database.durability
        select name from unnest('{fsync,full_page_writes,synchronous_commit}'::text[]) name where current_setting(name) = 'off'
        """;

    /// <summary>What is wrong, in a sentence that names the settings; null where all is written through.</summary>
    public static async Task<string?> FindFaultAsync(Database database, CancellationToken ct)
    {
        var off = await database.QueryAsync<string>(Settings, null, ct);
        if (off.Count == 0)
            return null;
        var risk = off is ["synchronous_commit"]
            ? "what readers and relays said in the last second before a crash of the server may be lost; marks of mails are written through all the same"
            : "a power cut may damage what the server holds, and mails may go out twice without a word";
        return $"off in PostgreSQL: {string.Join(", ", off)}; {risk}: set it on";
    }
}
