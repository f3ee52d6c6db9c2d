using System.Collections.Concurrent;
using System.Diagnostics;
using DigestService.Platform;

namespace DigestService.Tests;

/// <summary>The named statements that one database is asked, as its driver reports them.</summary>
internal sealed class SeenStatements : IDisposable
{
    private readonly ConcurrentQueue<string> _names = new();
    private readonly ActivityListener _listener;

    /// <summary>Listens from here on.</summary>
    public SeenStatements(Database database)
    {
        var name = new Npgsql.NpgsqlConnectionStringBuilder(database.Source.ConnectionString).Database;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (name is not null && name.Equals(span.GetTagItem("db.namespace") ?? span.GetTagItem("db.name"))
                    && (span.GetTagItem("db.query.text") ?? span.GetTagItem("db.statement")) is string sql && sql.StartsWith("-- ", StringComparison.Ordinal))
                    _names.Enqueue(sql.Split('\n')[0][3..].Trim());
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Their names in order.</summary>
    public IReadOnlyList<string> Names => [.. _names];

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}
