using System.Runtime.CompilerServices;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Sources;

/// <summary>arXiv's OAI-PMH: everything that changed on some days, deletions too, page after page.</summary>
internal sealed class ArxivOaiSource(SourcesOptions options, IClock clock, TimeProvider time) : IPaperSource, IDisposable
{
    private const int MaxPages = 1_000;

    // arXiv puts its archives into groups. All but those of physics are groups of their own, whose names are sets too.
    private static readonly HashSet<string> GroupsOfOne = new(["cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"], StringComparer.Ordinal);

    private readonly SourceHttp _http = new(options.Http, [options.Arxiv.Oai], TimeSpan.FromSeconds(options.Arxiv.SpacingSeconds), clock, time);

    /// <inheritdoc/>
    public string Name => "arxiv-oai";

    /// <summary>Only when asked for: the feed and the API cover the categories followed; this covers whole archives.</summary>
    public bool IsEnabled => false;

    /// <inheritdoc/>
    public bool IsWaitedFor => true;

    /// <inheritdoc/>
    public string Cron => options.Arxiv.Cron;

    /// <inheritdoc/>
    public int DaysBack => 1;

    /// <inheritdoc/>
    public bool IsWorkingDay(LocalDate day) => ArxivCalendar.IsListingDay(day);

    /// <inheritdoc/>
    public async IAsyncEnumerable<SourceStep> FetchAsync(SourceQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        var isRead = true;
        foreach (var set in options.Arxiv.EffectiveCategories.Select(SetOf).Distinct(StringComparer.Ordinal))
        {
            await foreach (var step in FetchSetAsync(set, question, ct))
            {
                yield return step;
                // Whether an answer can be read is known once it has been taken.
                isRead &= step is FetchedAnswer { Input.Document.Fault: null };
            }
        }

        if (isRead)
            yield return new DaysRead(question.Days);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>The set that holds the archive of a category, such as <c>cs</c> and <c>physics:hep-th</c>.</summary>
    internal static string SetOf(string category)
    {
        var archive = category.Split('.')[0];
        return GroupsOfOne.Contains(archive) ? archive : "physics:" + archive;
    }

    private async IAsyncEnumerable<SourceStep> FetchSetAsync(string set, SourceQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        var asked = $"?verb=ListRecords&metadataPrefix=arXiv&set={Uri.EscapeDataString(set)}&from={LocalDatePattern.Iso.Format(question.Days[0])}&until={LocalDatePattern.Iso.Format(question.Days[^1])}";
        var tokens = new HashSet<string>(StringComparer.Ordinal);
        for (var page = 0; ; page++)
        {
            var address = new Uri(options.Arxiv.Oai, asked);
            var part = FormattableString.Invariant($"{set} {page + 1}");
            var (answer, fault) = await Answers.TryGetAsync(_http, address, question.Memory, ct);
            if (answer is null)
            {
                yield return new FailedQuestion(question.Days[^1], part, fault!.Message); // one of the two is there
                yield break;
            }

            var fetched = Answers.ToImport(answer, address, PaperFormat.Oai, day: null, part, question.Now) with { Days = page == 0 ? question.Days : [] };
            yield return fetched;
            if (fetched.Input.Document is not { Fault: null, NextToken: { } token })
                yield break;
            // What would go on for ever has not been read to its end.
            if (!tokens.Add(token) || tokens.Count == MaxPages)
            {
                yield return new FailedQuestion(
                    question.Days[^1], part, FormattableString.Invariant($"The list of {set} does not end: page {page + 1} leads back to an earlier one, or is one of more than {MaxPages}."));
                yield break;
            }

            asked = "?verb=ListRecords&resumptionToken=" + Uri.EscapeDataString(token);
        }
    }
}
