using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Papers;
using DigestService.Relevance;
using DigestService.Sources;
using DigestService.Subscribers;
using DigestService.Suppressions;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Platform;

/// <summary>
/// The service put together: settings checked, a database found or started, its schema brought up to date, and every
/// feature registered. Verbs, the server and the tests all start here.
/// </summary>
internal sealed class App : IAsyncDisposable
{
    private readonly PrivatePostgres? _postgres;
    private readonly Database _database;

    private App(IConfiguration configuration, IClock clock, Database database, LinkSigner signer, PrivatePostgres? postgres)
    {
        Configuration = configuration;
        Clock = clock;
        _database = database;
        Signer = signer;
        _postgres = postgres;
    }

    /// <summary>The settings this process runs under.</summary>
    public IConfiguration Configuration { get; }

    /// <summary>The system's clock, or the one that <c>--now</c> set.</summary>
    public IClock Clock { get; }

    private LinkSigner Signer { get; }

    /// <summary>Finds or starts the database and migrates it.</summary>
    /// <exception cref="OperatorException">A setting is wrong or no database can be had.</exception>
    public static async Task<App> StartAsync(IConfiguration configuration, IClock clock, CancellationToken ct)
    {
        var connectionString = configuration.GetConnectionString("Digest");
        PrivatePostgres? postgres = null;
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            var data = Settings.Bind<DataOptions>(configuration, "Data");
            postgres = await PrivatePostgres.StartAsync(data.Directory, ct);
            connectionString = postgres.ConnectionString;
        }

        var database = Database.Connect(connectionString);
        await Migrator.MigrateAsync(database, ct);
        var signer = new LinkSigner(await ServiceSecrets.ReadLinkKeyAsync(database, ct));
        return new App(configuration, clock, database, signer, postgres);
    }

    /// <summary>Registers every feature; the same for a verb, the server and a test.</summary>
    public void AddServices(IServiceCollection services)
    {
        services.AddSingleton(Configuration);
        services.AddSingleton(Clock);
        services.AddSingleton(_database);
        services.AddSingleton(Signer);
        services.AddPlatform(Configuration);
        services.AddPapers(Configuration);
        services.AddSources();
        services.AddTopics();
        services.AddRelevance();
        services.AddSuppressions();
        services.AddSubscribers();
        services.AddDigests(Configuration);
        services.AddDelivery(Configuration);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }
}
