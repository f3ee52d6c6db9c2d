using System.CommandLine;
using DigestService.Admin;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Mails;
using DigestService.Inbound;
using DigestService.Papers;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Sources;
using DigestService.Subscribers;
using DigestService.Suppressions;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Hosting;

/// <summary>
/// The service put together: settings checked, a database found or started, its schema brought up to date, and every
/// feature registered. Verbs, the server and the tests all start here.
/// </summary>
internal sealed class App : IAsyncDisposable
{
    private readonly PrivatePostgres? _postgres;

    private App(
        IConfiguration configuration, IClock clock, Database database, MigrationReport migration, LinkSigner signer, PrivatePostgres? postgres)
    {
        Configuration = configuration;
        Clock = clock;
        Database = database;
        Migration = migration;
        Signer = signer;
        _postgres = postgres;
    }

    /// <summary>The settings this process runs under.</summary>
    public IConfiguration Configuration { get; }

    /// <summary>The system's clock, or the one that <c>--now</c> set.</summary>
    public IClock Clock { get; }

    /// <summary>The migrated database.</summary>
    public Database Database { get; }

    /// <summary>What this start did to the schema.</summary>
    public MigrationReport Migration { get; }

    /// <summary>The server that this process keeps for itself; null where the database is elsewhere.</summary>
    public PrivatePostgres? Postgres => _postgres;

    private LinkSigner Signer { get; }

    /// <summary>Finds or starts the database and migrates it.</summary>
    /// <exception cref="OperatorException">
    /// A setting is wrong, no database can be had, or its tables are spread over several servers in part: half of them would be looked for, and
    /// migrated, in the wrong place.
    /// </exception>
    public static Task<App> StartAsync(IConfiguration configuration, IClock clock, CancellationToken ct) => StartAsync(configuration, clock, spreads: false, ct);

    /// <param name="configuration">The settings.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="spreads">Whether tables are to be spread: a run that was broken off is ended in the schema in which it began, before that is migrated.</param>
    /// <param name="ct">Stops the start.</param>
    private static async Task<App> StartAsync(IConfiguration configuration, IClock clock, bool spreads, CancellationToken ct)
    {
        var connectionString = configuration.GetConnectionString("Digest");
        PrivatePostgres? postgres = null;
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            postgres = await PrivatePostgres.StartAsync(Settings.Bind<DataOptions>(configuration, "Data").Prepare(), ct);
            connectionString = postgres.ConnectionString;
            DatabaseWords.Own = postgres.Server;
        }

        Database? database = null;
        try
        {
            database = Connect(connectionString);
            await database.LookForDistributionAsync(ct);
            if (database.IsHalfDistributed)
            {
                if (!spreads)
                    throw new OperatorException("The tables are spread over several servers in part: 'digest migrate --distributed' goes on where it was broken off.");
                await Distribution.RunAsync(database, Console.Error.WriteLine, ct);
            }

            var migration = await Migrator.MigrateAsync(database, ct);
            await database.LookForDistributionAsync(ct);
            var signer = new LinkSigner(await ServiceSecrets.ReadLinkKeyAsync(database, ct));
            return new App(configuration, clock, database, migration, signer, postgres);
        }
        catch
        {
            if (database is not null)
                await database.DisposeAsync();
            if (postgres is not null)
                await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the app for one verb, without the parts that only a server has.</summary>
    public static async Task<VerbContext> StartVerbAsync(ParseResult parse, IClock clock, CancellationToken ct)
    {
        var configuration = Settings.Load();
        ServeHost.ThrowIfDatabaseIsLost(configuration);
        var app = await StartAsync(configuration, clock, MigrateVerb.Spreads(parse), ct);
        var services = new ServiceCollection();
        services.AddLogging(logging => Logs.Configure(logging, app.Configuration, parse.GetValue(Verb.Verbose)));
        try
        {
            app.AddServices(services);
            services.AddTraces();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        var provider = services.BuildServiceProvider();
        provider.StartTraces();
        return new VerbContext(parse, app, provider);
    }

    /// <summary>Registers every feature; the same for a verb, the server and a test.</summary>
    public void AddServices(IServiceCollection services)
    {
        ExampleAddresses.Refuse(Configuration);
        services.AddSingleton(Configuration);
        services.AddSingleton(Clock);
        services.AddSingleton(Database);
        services.AddSingleton(Migration);
        services.AddSingleton(Signer);
        if (Postgres is not null)
            services.AddSingleton(Postgres.Server);
        services.AddPlatform(Configuration);
        services.AddPapers();
        services.AddSources(Configuration);
        services.AddTopics();
        services.AddRelevance(Configuration);
        services.AddSuppressions();
        services.AddSubscribers(Configuration);
        services.AddMails(Configuration);
        services.AddDigests(Configuration);
        services.AddDelivery(Configuration);
        services.AddInbound(Configuration);
        services.AddAdmin(Configuration);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }

    private static Database Connect(string connectionString)
    {
        try
        {
            return Database.Connect(connectionString);
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or FormatException or InvalidOperationException)
        {
            // Nothing of the value is told: it holds a password.
            throw new OperatorException(
                "Setting ConnectionStrings__Digest cannot be read: it is written like 'Host=db.example.org;Database=digest;Username=digest;Password=…'.", unreadable);
        }
    }
}
