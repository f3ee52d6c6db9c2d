using System.Runtime.CompilerServices;
using NodaTime;

namespace DigestService.Sources;

/// <summary>A configured feed in any of the formats that tell themselves.</summary>
internal sealed class FeedSource(FeedOptions feed, SourcesOptions options, IClock clock, TimeProvider time) : IPaperSource, IDisposable
{
    private readonly SourceHttp _http = new(options.Http, [new Uri(feed.Url)], TimeSpan.Zero, clock, time);

    /// <inheritdoc/>
    public string Name => feed.Name;

    /// <inheritdoc/>
    public bool IsEnabled => feed.Enabled;

    /// <inheritdoc/>
    public bool IsWaitedFor => false;

    /// <inheritdoc/>
    public string Cron => feed.Cron;

    /// <inheritdoc/>
    public int DaysBack => 0;

    /// <summary>Nobody knows a stranger's calendar.</summary>
    public bool IsWorkingDay(LocalDate day) => false;

    /// <inheritdoc/>
    public async IAsyncEnumerable<SourceStep> FetchAsync(SourceQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        yield return await Answers.FeedAsync(_http, new Uri(feed.Url), format: null, day: null, "", question, ct, feed);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
