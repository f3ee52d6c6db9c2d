using System.Globalization;
using DigestService.Admin;
using DigestService.Digests;
using DigestService.Platform;
using DigestService.Sources;
using Quartz;

namespace DigestService.Hosting;

/// <summary>
/// Quartz on PostgreSQL, clustered: of all processes with a role, one does each tick. It ticks in UTC and only says
/// when to look; who is due is computed from the readers' own zones.
/// </summary>
internal static class Scheduling
{
    private const string PlanGroup = "plan";
    private const int PlanThreads = 4;

    private static readonly JobKey PlanTick = new("plan-tick");

    // A tick that came a moment early would find nobody due yet, and their mail would leave a minute late.
    private static readonly TimeSpan AfterTheMinute = TimeSpan.FromMilliseconds(100);

    /// <summary>Registers the scheduler and the jobs of the roles this process plays.</summary>
    public static void AddScheduling(this IServiceCollection services, IConfiguration configuration, Database database, Roles roles)
    {
        var groups = Groups(roles);
        if (groups.Count == 0)
            return;
        services.AddQuartz(quartz =>
        {
            Configure(quartz, database);
            // Processes with other roles share the store; each fires only what its own let it do.
            quartz.ServeExecutionGroups([.. groups]);
            // A thread for each source that may hang, so that none of them keeps the planner from its tick.
            quartz.UseDefaultThreadPool(PlanThreads + (roles.HasFlag(Roles.Ingest) ? SourcesFeature.CountScheduled(configuration) : 0));
            if (roles.HasFlag(Roles.Plan))
            {
                quartz.AddJob<PlanTickJob>(job => job.WithIdentity(PlanTick));
                quartz.AddTrigger(trigger => trigger
                    .ForJob(PlanTick)
                    .WithIdentity(PlanTick.Name)
                    .WithExecutionGroup(PlanGroup)
                    .StartAt(NextFullMinute(TimeProvider.System.GetUtcNow()))
                    .WithSimpleSchedule(TimeSpan.FromMinutes(1)));
                // What came due while nothing ran need not wait for the minute.
                quartz.AddTrigger(trigger => trigger
                    .ForJob(PlanTick)
                    .WithIdentity("plan-at-start")
                    .WithExecutionGroup(PlanGroup)
                    .StartNow());
                quartz.ScheduleJob<DigestRetentionJob>(trigger => trigger
                    .WithIdentity("digest-retention")
                    .WithExecutionGroup(PlanGroup)
                    .StartNow()
                    .WithSimpleSchedule(TimeSpan.FromHours(1)));
                quartz.ScheduleJob<HourlyCountsJob>(trigger => trigger
                    .WithIdentity("hourly-counts")
                    .WithExecutionGroup(PlanGroup)
                    .StartNow()
                    .WithSimpleSchedule(TimeSpan.FromMinutes(5)));
            }
            if (roles.HasFlag(Roles.Ingest))
                quartz.AddSourceJobs(configuration);
        });
        services.AddQuartzHostedService<SchedulerService>(hosted => hosted.WaitForJobsToComplete = true);
        services.AddHostedService<ScheduleWatch>();
    }

    /// <summary>Makes the scheduler's tables where they are missing, which only the owner of the database may.</summary>
    public static async Task ProvisionAsync(Database database, CancellationToken ct)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddQuartz(quartz => Configure(quartz, database));
        await using var provider = services.BuildServiceProvider();
        // Looking at the store is enough; a scheduler that is not started fires nothing and checks in nowhere.
        var scheduler = await provider.GetRequiredService<ISchedulerFactory>().GetScheduler(ct);
        await scheduler.Shutdown(waitForJobsToComplete: false, ct);
    }

    /// <summary>Readers are due at full minutes.</summary>
    public static DateTimeOffset NextFullMinute(DateTimeOffset now) =>
        new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerMinute), TimeSpan.Zero) + TimeSpan.FromMinutes(1) + AfterTheMinute;

    private static void Configure(IQuartzBuilder quartz, Database database)
    {
        quartz.ConfigureScheduler(scheduler =>
        {
            scheduler.InstanceName = "digest";
            scheduler.InstanceId = InstanceId();
            scheduler.DefaultTimeZone = TimeZoneInfo.Utc;
            // A fetch that hangs is broken off by a stop, not waited for; it is made up at the next start.
            scheduler.ShutdownJobInterruption = ShutdownJobInterruption.WhenWaitingForJobs;
        });
        quartz.UsePersistentStore(store =>
        {
            store.UsePostgres(source => source.DataSourceFactory = _ => database.Source);
            store.ConfigureStore(options =>
            {
                options.TablePrefix = "quartz.qrtz_";
                options.StoreJobDataAsStrings = true;
                // A thread that looks for misfires in a database that is gone keeps no process from ending.
                options.UseBackgroundThreads = true;
            });
            store.UseClustering(_ => { });
            store.ProvisionSchema();
        });
    }

    private static List<string> Groups(Roles roles)
    {
        var groups = new List<string>();
        if (roles.HasFlag(Roles.Plan))
            groups.Add(PlanGroup);
        if (roles.HasFlag(Roles.Ingest))
            groups.Add(SourcesFeature.IngestGroup);
        return groups;
    }

    /// <summary>Never the same twice, so that no process takes another's unfinished firings for its own.</summary>
    private static string InstanceId()
    {
        var machine = Environment.MachineName;
        return string.Create(
            CultureInfo.InvariantCulture, $"{machine[..Math.Min(machine.Length, 40)]}-{Environment.ProcessId}-{Guid.NewGuid():n}");
    }
}
