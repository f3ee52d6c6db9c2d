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
        services.AddSingleton<SourceFetch>();
        services.AddSingleton<SourceHealth>();
        services.AddSingleton<IPaperSource>(provider => Create<HuggingFaceSource>(provider));
        services.AddSingleton<IPaperSource>(provider => Create<ArxivSource>(provider));
        services.AddSingleton<IPaperSource>(provider => Create<ArxivOaiSource>(provider));
        foreach (var feed in Settings.Bind<SourcesOptions>(configuration, "Sources").Feeds)
            services.AddSingleton<IPaperSource>(provider => ActivatorUtilities.CreateInstance<FeedSource>(provider, feed, TimeProvider.System));
    }

    /// <summary>Schedules a job for each source that the settings enable, one that embeds, and one now for those that were interrupted.</summary>
    public static void AddSourceJobs(this IQuartzBuilder quartz, IConfiguration configuration)
    {
        var options = Settings.Bind<SourcesOptions>(configuration, "Sources");
        var schedules = new[] { ("huggingface", options.HuggingFace.Enabled, options.HuggingFace.Cron), ("arxiv", options.Arxiv.Enabled, options.Arxiv.Cron) }
            .Concat(options.Feeds.Select(feed => (feed.Name, feed.Enabled, feed.Cron)));
        foreach (var (name, isEnabled, cron) in schedules)
        {
            if (!isEnabled)
                continue;
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

    private static T Create<T>(IServiceProvider provider) => ActivatorUtilities.CreateInstance<T>(provider, TimeProvider.System);
}
