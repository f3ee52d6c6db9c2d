using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using NodaTime;

namespace DigestService.Sources;

/// <summary>
/// arXiv: today's announcements from the daily feed, then the API for the same days, which repairs what a feed that was
/// missed or cut left out. Earlier days come from the API alone.
/// </summary>
internal sealed class ArxivSource(SourcesOptions options, IClock clock, TimeProvider time) : IPaperSource, IDisposable
{
    private const int PageSize = 500;
    private const int MaxPages = 200;
    private const int EmptyPages = 3;

    private readonly SourceHttp _http = new(
        options.Http, [options.Arxiv.Api, options.Arxiv.Feeds], TimeSpan.FromSeconds(options.Arxiv.SpacingSeconds), clock, time);

    /// <inheritdoc/>
    public string Name => Papers.SourceAuthority.Arxiv;

    /// <inheritdoc/>
    public bool IsEnabled => options.Arxiv.Enabled;

    /// <inheritdoc/>
    public bool IsWaitedFor => true;

    /// <inheritdoc/>
    public string Cron => options.Arxiv.Cron;

    /// <inheritdoc/>
    public int DaysBack => 3;

    /// <inheritdoc/>
    public bool IsWorkingDay(LocalDate day) => ArxivCalendar.IsListingDay(day);

    /// <inheritdoc/>
    public async IAsyncEnumerable<SourceStep> FetchAsync(SourceQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        var (first, last) = (question.Days[0], question.Days[^1]);
        if (last >= question.Now.InZone(ArxivCalendar.Zone).Date)
        {
            var feed = new Uri(options.Arxiv.Feeds, string.Join('+', options.Arxiv.EffectiveCategories));
            yield return await Answers.FeedAsync(_http, feed, PaperFormat.ArxivRss, last, "rss", question, ct);
        }

        // The deadline before the first day's announcement may lie a long weekend back.
        var from = first.PlusDays(-4);
        var empty = 0;
        var before = Array.Empty<byte>();
        for (var (start, page) = (0, 0); page < MaxPages; page++)
        {
            var address = Question(from, last, start);
            var part = FormattableString.Invariant($"api {page + 1}");
            // What it cannot answer comes under 400, as a feed that says why.
            var (answer, fault) = await Answers.TryGetAsync(_http, address, question.Memory, ct, HttpStatusCode.BadRequest);
            if (answer is null)
            {
                yield return new FailedQuestion(last, part, fault!.Message); // one of the two is there
                yield break;
            }

            var fetched = Answers.ToImport(answer, address, PaperFormat.ArxivAtom, day: null, part, question.Now) with { Days = page == 0 ? question.Days : [] };
            yield return fetched;
            var document = fetched.Input.Document;
            if (document.Fault is not null)
                yield break;
            start += document.EntriesRead;
            if (document.EntriesRead > 0 && document.ContentHash().AsSpan().SequenceEqual(before))
            {
                yield return new FailedQuestion(last, part, $"arXiv's API gave the page before it again after {start} of {document.Total} papers.");
                yield break;
            }

            before = document.ContentHash();
            // A full page goes on, unless there are just as many: a number below what has come counts for nothing.
            var isShort = document.EntriesRead < PageSize;
            if (document.Total is { } total ? start == total || (start > total && isShort) : isShort)
            {
                yield return new DaysRead(question.Days);
                yield break;
            }

            // Now and then it gives an empty page amid its results, and the papers when asked again.
            empty = document.EntriesRead == 0 ? empty + 1 : 0;
            if (empty > EmptyPages)
            {
                yield return new FailedQuestion(last, part, $"arXiv's API gave an empty page after {start} of {document.Total} papers, {empty} times.");
                yield break;
            }

            if (empty > 0)
                await Task.Delay(TimeSpan.FromSeconds(options.Http.RetrySeconds * empty), time, ct);
        }

        yield return new FailedQuestion(last, "", FormattableString.Invariant($"arXiv's API has more than {MaxPages * PageSize} papers for these days: ask for fewer days at a time."));
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Uri Question(LocalDate from, LocalDate to, int start)
    {
        var categories = string.Join(" OR ", options.Arxiv.EffectiveCategories.Select(category => "cat:" + category));
        var submitted = $"submittedDate:[{from.ToString("uuuuMMdd", CultureInfo.InvariantCulture)}0000 TO {to.ToString("uuuuMMdd", CultureInfo.InvariantCulture)}2359]";
        var query = Uri.EscapeDataString($"({categories}) AND {submitted}");
        return new Uri(options.Arxiv.Api, FormattableString.Invariant(
            $"?search_query={query}&sortBy=submittedDate&sortOrder=ascending&start={start}&max_results={PageSize}"));
    }
}
