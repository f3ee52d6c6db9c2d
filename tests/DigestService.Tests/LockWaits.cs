using DigestService.Platform;
using DigestService.Tests.Shared;

namespace DigestService.Tests;

/// <summary>Transactions that wait for one another.</summary>
internal static class LockWaits
{
    /// <summary>Whether somebody in this database waits for a lock.</summary>
    public static Task<bool> IsAnybodyWaitingAsync(this Database database) => database.QuerySingleOrDefaultAsync<bool>(
        "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')", null, default);

    /// <summary>Until <paramref name="working"/> has ended, or somebody waits for a lock.</summary>
    public static Task EndsOrWaitsAsync(this Database database, Task working) => Eventually.TrueAsync(
        async () => working.IsCompleted || await database.IsAnybodyWaitingAsync(), "it has ended or waits for a lock");
}
