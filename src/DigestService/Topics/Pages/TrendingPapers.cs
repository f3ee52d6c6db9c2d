using DigestService.Papers.Pages;
using DigestService.Relevance;
using NodaTime;

namespace DigestService.Topics.Pages;

/// <summary>
/// What is trending by day, week and month, by the measure that digests rank by. Sources are read by the hour, so an
/// answer is kept for a minute, and those who ask meanwhile wait for the one that is being made.
/// </summary>
internal sealed class TrendingPapers(CandidatePapersLoader papers, Archive archive, IClock clock) : IDisposable
{
    /// <summary>The most papers one answer holds.</summary>
    public const int Most = 50;

    private static readonly Duration Kept = Duration.FromMinutes(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<TrendingView, (Instant MadeAt, IReadOnlyList<long> Papers)> _kept = [];

    /// <summary>The most noticed papers of a view, biggest first.</summary>
    public async Task<IReadOnlyList<ArchivePaper>> OfAsync(TrendingView view, int limit, CancellationToken ct) =>
        await archive.ByIdsAsync((await BiggestAsync(view, ct)).Take(limit), ct);

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<IReadOnlyList<long>> BiggestAsync(TrendingView view, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            var now = clock.GetCurrentInstant();
            if (!_kept.TryGetValue(view, out var kept) || now - kept.MadeAt >= Kept)
                _kept[view] = kept = (now, await papers.BiggestAsync(now, DaysOf(view), view, Most, ct));
            return kept.Papers;
        }
        finally
        {
            _gate.Release();
        }
    }

    // Twice the half-life and more: what is older has faded.
    private static int DaysOf(TrendingView view) => view switch
    {
        TrendingView.Day => 3,
        TrendingView.Week => 10,
        _ => 40,
    };
}
