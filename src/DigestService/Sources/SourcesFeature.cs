using DigestService.Platform;
using NodaTime;
using Quartz;

namespace DigestService.Sources;

/// <summary>Where papers come from: files, and the sources fetched on schedule.</summary>
internal static class SourcesFeature
{
    /// <summary>The execution group of the jobs that fetch.</summary>
    public const string IngestGroup = "ingest";

    /// <summary>Registers the feature's services.</summary>
    public static void AddSources(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<SourcesOptions>(configuration, "Sources");
        services.AddSingleton<PaperImport>();
        services.AddSingleton<PaperEditor>();
        services.AddSingleton<SourceFetch>();
        services.AddSingleton<SourceDays>();
        services.AddSingleton<SourceHealth>();
        services.AddSingleton<IPaperSource>(provider => Create<HuggingFaceSource>(provider));
        services.AddSingleton<IPaperSource>(provider => Create<ArxivSource>(provider));
        services.AddSingleton<IPaperSource>(provider => Create<ArxivOaiSource>(provider));
        foreach (var feed in Settings.Bind<SourcesOptions>(configuration, "Sources").Feeds)
            services.AddSingleton<IPaperSource>(provider => ActivatorUtilities.CreateInstance<FeedSource>(provider, feed, TimeProvider.System));
    }

    /// <summary>How many sources are fetched on schedule: as many fetches may hang at once.</summary>
    public static int CountScheduled(IConfiguration configuration) => Schedules(configuration).Count();

    /// <summary>
    /// Schedules a job for each source that the settings enable. At the start of a process each is looked at once: what
    /// was interrupted, should have been fetched while no process ran, or was never fetched at all, is fetched then.
    /// Another job embeds what came.
    /// </summary>
    public static void AddSourceJobs(this IQuartzBuilder quartz, IConfiguration configuration)
    {
        foreach (var (name, cron) in Schedules(configuration))
        {
            var key = FetchSourceJob.KeyOf(name);
            quartz.AddJob<FetchSourceJob>(job => job.WithIdentity(key).UsingJobData(FetchSourceJob.SourceKey, name));
            quartz.AddTrigger(trigger => trigger
                .ForJob(key)
                .WithIdentity("fetch-" + name)
                .WithExecutionGroup(IngestGroup)
                .WithCronSchedule(cron, schedule => schedule.InTimeZone(TimeZoneInfo.Utc).WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed)));
        }

        quartz.ScheduleJob<EmbedPapersJob>(trigger => trigger
            .WithIdentity("embed-papers")
            .WithExecutionGroup(IngestGroup)
            .StartNow()
            .WithSimpleSchedule(TimeSpan.FromMinutes(1)));
        AddMakingUp(quartz);
    }

    // Every start has a trigger of its own, for the one in the store has fired at the start before.
    private static void AddMakingUp(IQuartzBuilder quartz) => quartz.ScheduleJob<MakeUpFetchesJob>(trigger => trigger
        .WithIdentity($"make-up-{Guid.NewGuid():n}")
        .WithExecutionGroup(IngestGroup)
        .StartNow());

    private static IEnumerable<(string Name, string Cron)> Schedules(IConfiguration configuration)
    {
        var options = Settings.Bind<SourcesOptions>(configuration, "Sources");
        return new[] { ("huggingface", options.HuggingFace.Enabled, options.HuggingFace.Cron), ("arxiv", options.Arxiv.Enabled, options.Arxiv.Cron) }
            .Concat(options.Feeds.Select(feed => (feed.Name, feed.Enabled, feed.Cron)))
            .Where(schedule => schedule.Item2)
            .Select(schedule => (schedule.Item1, schedule.Item3));
    }

    private static T Create<T>(IServiceProvider provider) => ActivatorUtilities.CreateInstance<T>(provider, TimeProvider.System);
}
