using DigestService.Admin;
using DigestService.Admin.Api;
using DigestService.Admin.Keys;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Inbound;
using DigestService.Papers.Pages;
using DigestService.Platform.Layout;
using DigestService.Platform;
using DigestService.Subscribers;
using DigestService.Topics;
using DigestService.Topics.Pages;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using NodaTime;

namespace DigestService.Hosting;

/// <summary>
/// The running service: pages and API on Kestrel, the scheduler, the sender and the mailbox reader, each as far as
/// the process has that role.
/// </summary>
internal sealed partial class ServeHost : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(2);

    // Parts stop one after another: those whose turn comes when the patience is over end at once, if they can.
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(1);

    private readonly App _app;
    private readonly WebApplication _web;
    private readonly FileLock? _lock;
    private bool _isStopped;

    private ServeHost(App app, WebApplication web, FileLock? directoryLock)
    {
        _app = app;
        _web = web;
        _lock = directoryLock;
    }

    /// <summary>Every registered service.</summary>
    public IServiceProvider Services => _web.Services;

    /// <summary>Where it listens, such as <c>http://127.0.0.1:8080</c>; empty without a listener.</summary>
    public IReadOnlyList<string> Urls =>
        [.. _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? []];

    /// <summary>Starts everything <paramref name="roles"/> ask for and returns once it listens.</summary>
    /// <param name="configuration">Settings, as <see cref="Settings.Load"/> gives them.</param>
    /// <param name="clock">The clock all parts read.</param>
    /// <param name="roles">The parts this process plays.</param>
    /// <param name="ct">Gives up starting.</param>
    /// <param name="verbose">Logs at debug.</param>
    /// <param name="addServices">Adds parts of the caller's own.</param>
    /// <param name="mapRoutes">Adds pages of the caller's own, such as the demo's inbox.</param>
    /// <exception cref="OperatorException">A setting is wrong, the database cannot be had or the address is taken.</exception>
    public static async Task<ServeHost> StartAsync(
        IConfiguration configuration,
        IClock clock,
        Roles roles,
        CancellationToken ct,
        bool verbose = false,
        Action<IServiceCollection>? addServices = null,
        Action<WebApplication>? mapRoutes = null)
    {
        // The web server counts the visitors of each address by themselves.
        var visitors = OpenFiles.VisitorsWithin(OpenFiles.Limit(), ListenAddresses.Count(ListenAddresses.Read(configuration["Urls"])));
        var directoryLock = LockDirectory(configuration);
        App? app = null;
        WebApplication? web = null;
        try
        {
            app = await App.StartAsync(configuration, clock, ct);
            web = Build(app, roles, visitors, verbose, addServices);
            MapRoutes(web, roles);
            mapRoutes?.Invoke(web);
            await web.Services.GetRequiredService<TopicCatalogue>().LoadAsync(ct);
            await web.StartAsync(ct);
            if (roles.HasFlag(Roles.Send) && !HasRelay(configuration))
                LogNoRelay(web.Services.GetRequiredService<ILogger<ServeHost>>());
            return new ServeHost(app, web, directoryLock);
        }
        catch (Exception failure)
        {
            var crashed = web is null ? [] : CrashedParts(web);
            if (web is not null)
                await EndAsync(web);
            // What takes no writes refuses whichever part writes first; the database says why.
            var refusal = app is not null && failure is not OperatorException ? await WhyNoWritesAsync(app.Database, ct) : null;
            if (app is not null)
                await app.DisposeAsync();
            directoryLock?.Dispose();
            if (refusal is not null)
                throw new OperatorException(refusal, failure);
            if (ListenAddresses.Explain(failure, configuration["Urls"]) is { } sentence)
                throw new OperatorException(sentence, failure);
            // A part that crashes while the others start makes the host cancel the start.
            if (crashed is [var (part, crash), ..])
                throw new InvalidOperationException($"{part} crashed: {crash.Message}", crash);
            throw;
        }
    }

    /// <summary>Parts that had begun are stopped first: what they rest on is about to go.</summary>
    private static async Task EndAsync(WebApplication web)
    {
        // The scheduler waits for the end of a start that has failed, and has begun nothing: it would wait as long as a stop may take.
        using var patience = new CancellationTokenSource(StartPatience);
        try
        {
            await web.StopAsync(patience.Token);
        }
        catch (Exception stuck) when (stuck is not OutOfMemoryException)
        {
            // What failed at the start is told; that it does not stop in order adds nothing.
        }

        await web.DisposeAsync();
    }

    private static async Task<string?> WhyNoWritesAsync(Database database, CancellationToken ct)
    {
        try
        {
            return await DatabaseRoom.FindFaultsAsync(database, ct) is [var first, ..] ? first : null;
        }
        catch (Exception gone) when (Outage.Is(gone) || gone is OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>Asked before a verb starts beside a server.</summary>
    /// <exception cref="OperatorException">A server runs with a private PostgreSQL, the files of which were moved away.</exception>
    public static void ThrowIfDatabaseIsLost(IConfiguration configuration)
    {
        if (!string.IsNullOrWhiteSpace(configuration.GetConnectionString("Digest")))
            return;
        var directory = Settings.Bind<DataOptions>(configuration, "Data").Directory;
        PrivatePostgres.ThrowIfLost(directory, LockFile(directory));
    }

    /// <summary>Runs until <paramref name="ct"/> asks to stop or a part crashes; then finishes what it has begun, as long as its patience lasts.</summary>
    /// <param name="ct">Asks to stop.</param>
    /// <param name="impatience">Ends the patience of a stop.</param>
    /// <returns>0 after a stop that was asked for, 1 after a crash or when something did not end.</returns>
    public async Task<int> RunAsync(CancellationToken ct, CancellationToken impatience = default)
    {
        var lifetime = _web.Services.GetRequiredService<IHostApplicationLifetime>();
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (ct.Register(() => stopping.TrySetResult()))
        await using (lifetime.ApplicationStopping.Register(() => stopping.TrySetResult()))
            await stopping.Task;
        var log = _web.Services.GetRequiredService<ILogger<ServeHost>>();
        var unfinished = await StopAsync(impatience);
        if (unfinished.Count > 0)
            LogUnfinished(log, string.Join(", ", unfinished));
        // The host stops when a part crashes and would still end with 0.
        var crashed = CrashedParts(_web);
        foreach (var (part, crash) in crashed)
            LogCrash(log, crash, part);
        return crashed.Count + unfinished.Count == 0 ? 0 : 1;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        await _web.DisposeAsync();
        await _app.DisposeAsync();
        _lock?.Dispose();
    }

    /// <summary>Stops each part, once; the parts that have not ended when the patience is over.</summary>
    private async Task<IReadOnlyList<string>> StopAsync(CancellationToken impatience)
    {
        if (_isStopped)
            return [];
        _isStopped = true;
        await _web.StopAsync(impatience);
        var parts = _web.Services.GetServices<IHostedService>().ToList();
        var running = parts.OfType<BackgroundService>().Select(part => part.ExecuteTask).OfType<Task>();
        await Task.WhenAny(Task.WhenAll(running), Task.Delay(LastPatience, CancellationToken.None));
        return
        [
            .. from part in parts
               where part is BackgroundService { ExecuteTask.IsCompleted: false } or SchedulerService { IsStillStopping: true }
               select part.GetType().Name
        ];
    }

    private static List<(string Part, Exception Crash)> CrashedParts(WebApplication web) =>
        [.. from part in web.Services.GetServices<IHostedService>().OfType<BackgroundService>()
            let crash = part.ExecuteTask?.Exception?.InnerException
            where crash is not null
            select (part.GetType().Name, crash)];

    [LoggerMessage(EventId = 1104, Level = LogLevel.Warning, Message = "No mail is sent, it waits in the outbox: set Smtp__Host to the SMTP relay that takes it")]
    private static partial void LogNoRelay(ILogger log);

    [LoggerMessage(EventId = 1105, Level = LogLevel.Critical, Message = "Stopped because {Part} crashed")]
    private static partial void LogCrash(ILogger log, Exception crash, string part);

    [LoggerMessage(EventId = 1114, Level = LogLevel.Error, Message = "Stopped before {Parts} had ended; what was begun is taken up by another process, or by the next start")]
    private static partial void LogUnfinished(ILogger log, string parts);

    private static WebApplication Build(App app, Roles roles, int visitors, bool verbose, Action<IServiceCollection>? addServices)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(ServeHost).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        // Settings come from the caller alone; ASPNETCORE_… variables of the machine do not reach in.
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddConfiguration(app.Configuration);
        Logs.Configure(builder.Logging, app.Configuration, verbose);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopPatience);
        builder.Services.AddSingleton<IHostLifetime, CallerLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1 << 20;
            kestrel.Limits.MaxConcurrentConnections = visitors;
        });
        app.AddServices(builder.Services);
        AddParts(builder.Services, app, roles);
        addServices?.Invoke(builder.Services);
        // UseUrls writes into the caller's settings as well, so that it comes after the question whether any are set.
        if (!roles.HasFlag(Roles.Web) && string.IsNullOrWhiteSpace(app.Configuration["Urls"]))
            builder.Services.AddSingleton<IServer, NoServer>();
        else
            builder.WebHost.UseUrls(ListenAddresses.Read(app.Configuration["Urls"]));
        return builder.Build();
    }

    private static void AddParts(IServiceCollection services, App app, Roles roles)
    {
        services.AddSingleton(new ServingRoles(roles));
        services.AddSingleton<Readiness>();
        if (app.Postgres is { } postgres)
            services.AddHostedService(parts => ActivatorUtilities.CreateInstance<PrivatePostgresWatch>(parts, postgres));
        services.AddScheduling(app.Configuration, app.Database, roles);
        if (HasRelay(app.Configuration))
            services.AddDeliveryWorker(roles);
        services.AddInboundWorker(app.Configuration, roles);
        if (roles.HasFlag(Roles.Send))
        {
            services.AddHostedService<RelayAlerts>();
            services.AddHostedService<OperatorReports>();
        }

        services.AddTelemetry();
        services.AddSingleton<FaultLog>();
        services.AddHostedService<StateGauges>();
    }

    /// <summary>Without a relay the service runs and mails wait; with a wrong one it does not start.</summary>
    private static bool HasRelay(IConfiguration configuration)
    {
        var smtp = Settings.Bind<SmtpOptions>(configuration, "Smtp");
        return (smtp.Host is not null || smtp.Relays.Count > 0) && smtp.ConfiguredRelays().Count > 0;
    }

    private static void MapRoutes(WebApplication web, Roles roles)
    {
        web.UseSite(web.Services.GetRequiredService<ApiKeyGate>().InvokeAsync);
        web.MapHealth();
        web.MapMetrics();
        if (!roles.HasFlag(Roles.Web))
            return;
        web.MapSite();
        web.MapPapersPages();
        web.MapTopicsPages();
        web.MapSubscribers();
        web.MapDigests();
        web.MapAdmin();
        web.MapOperatorApi();
        web.MapInbound();
    }

    private static string LockFile(string directory) => Path.Combine(directory, "serve.lock");

    /// <summary>A private PostgreSQL means that this directory is one installation: it has one server.</summary>
    private static FileLock? LockDirectory(IConfiguration configuration)
    {
        if (!string.IsNullOrWhiteSpace(configuration.GetConnectionString("Digest")))
            return null;
        var directory = Settings.Bind<DataOptions>(configuration, "Data").Prepare();
        var held = FileLock.TryExclusive(LockFile(directory))
            ?? throw new OperatorException(
                $"Another 'digest serve' or 'digest demo' runs on {directory}; stop it, or give this one its own Data__Directory and Urls.");
        // A verb that finds the lock without this folder takes the database for lost.
        PrivatePostgres.MakeHome(directory);
        return held;
    }

    /// <summary>The command line turns Ctrl-C and SIGTERM into a cancellation; the host itself listens to nothing.</summary>
    private sealed class CallerLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>For a process without pages: it listens only where Urls says so.</summary>
    private sealed class NoServer : IServer
    {
        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}

/// <summary>The roles of the running process, for pages and readiness.</summary>
internal sealed record ServingRoles(Roles Roles);
