using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Relevance.Embeddings;
using DigestService.Topics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging;

namespace DigestService.Tests;

/// <summary>The whole app without its server: every feature's services over a fresh database, with a clock that tests set.</summary>
public sealed class AppFixture : IAsyncLifetime
{
    private readonly PostgresFixture _postgres = new();
    private readonly Func<Task<Database>> _createDatabase;
    private readonly List<TestApp> _apps = [];

    /// <summary>Apps over a fresh database each.</summary>
    public AppFixture() => _createDatabase = _postgres.CreateDatabaseAsync;

    /// <summary>Apps over databases that are made elsewhere.</summary>
    internal AppFixture(Func<Task<Database>> createDatabase) => _createDatabase = createDatabase;

    /// <summary>An app of its own for one test. Settings are named as in the documents: <c>("Digest__MaxItems", "3")</c>.</summary>
    internal async Task<TestApp> CreateAsync(params IEnumerable<(string Key, string Value)> settings)
    {
        var app = await TestApp.StartAsync(await CreateConfigurationAsync(settings), SharedEncoder.Instance);
        lock (_apps)
            _apps.Add(app);
        return app;
    }

    /// <summary>Settings that lead to a fresh database and an own data directory, for a host that a test starts itself.</summary>
    internal async Task<IConfiguration> CreateConfigurationAsync(params IEnumerable<(string Key, string Value)> settings)
    {
        var database = await _createDatabase();
        return new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["ConnectionStrings:Digest"] = database.Source.ConnectionString,
                ["Data:Directory"] = TestDirectory.Create("data"),
                ["Urls"] = "http://127.0.0.1:0",
                // No test goes out to the network.
                ["Sources:HuggingFace:Enabled"] = "false",
                ["Sources:Arxiv:Enabled"] = "false",
                // Those that are about meaning load the model; the others need not wait for it.
                ["Relevance:Embeddings"] = "Off",
            })
            .AddInMemoryCollection(settings.Select(setting =>
                KeyValuePair.Create(setting.Key.Replace("__", ":", StringComparison.Ordinal), (string?)setting.Value)))
            .Build();
    }

    /// <inheritdoc/>
    public Task InitializeAsync() => _postgres.InitializeAsync();

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach (var app in _apps)
            await app.DisposeAsync();
        await _postgres.DisposeAsync();
    }
}

/// <summary>One sentence model for all tests: loading it takes longer than most of them.</summary>
internal static class SharedEncoder
{
    /// <summary>Loaded at the first use, released after minutes without one.</summary>
    public static SentenceEncoder Instance { get; } = new(new RelevanceOptions { Embeddings = "Auto" }, NullLogger<SentenceEncoder>.Instance);
}

/// <summary>One started app.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly App _app;
    private readonly ServiceProvider _services;

    private TestApp(App app, TestClock clock, ServiceProvider services)
    {
        _app = app;
        Clock = clock;
        _services = services;
    }

    /// <summary>The clock all its services read.</summary>
    public TestClock Clock { get; }

    /// <summary>Its database.</summary>
    public Database Database => Service<Database>();

    /// <summary>Starts an app on settings. Where they ask for the model of the package, <paramref name="encoder"/> is taken for its own.</summary>
    public static async Task<TestApp> StartAsync(IConfiguration configuration, SentenceEncoder? encoder = null)
    {
        var clock = new TestClock();
        var app = await App.StartAsync(configuration, clock, CancellationToken.None);
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        app.AddServices(services);
        if (encoder is not null && configuration["Relevance:Embeddings"] == "Auto")
            services.AddSingleton(encoder);
        return new TestApp(app, clock, services.BuildServiceProvider(validateScopes: true));
    }

    /// <summary>A registered service.</summary>
    public T Service<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>The row of a query, made where it is not there.</summary>
    public async Task<long> AddQueryAsync(string text)
    {
        TopicQuery.TryParse(text, out var query, out var error).ShouldBeTrue(error?.Message);
        return await Database.InTransactionAsync(
            async connection => (await Service<TopicCatalogue>().EnsureQueriesAsync(connection, [query!.Canonical], default))[query.Canonical],
            default);
    }

    /// <summary>A registered service by its type, or null.</summary>
    public object? Find(Type type) => _services.GetService(type);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _app.DisposeAsync();
    }
}
