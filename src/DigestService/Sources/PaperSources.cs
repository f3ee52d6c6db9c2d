using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Sources;

/// <summary>Hugging Face's daily papers: one request a day asked for.</summary>
internal sealed class HuggingFaceSource(SourcesOptions options, IClock clock, TimeProvider time) : IPaperSource, IDisposable
{
    // An answer holds this many unless it is the last.
    private const int PageSize = 50;
    private const int MaxPages = 10;

    private readonly SourceHttp _http = new(options.Http, [new Uri(options.HuggingFace.BaseUrl)], TimeSpan.Zero, clock, time);

    /// <inheritdoc/>
    public string Name => Papers.SourceAuthority.HuggingFace;

    /// <inheritdoc/>
    public bool IsEnabled => options.HuggingFace.Enabled;

    /// <inheritdoc/>
    public bool IsWaitedFor => true;

    /// <inheritdoc/>
    public string Cron => options.HuggingFace.Cron;

    /// <inheritdoc/>
    public int DaysBack => options.HuggingFace.PollDays - 1;

    /// <inheritdoc/>
    public bool IsWorkingDay(LocalDate day) => day.DayOfWeek is not (IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday);

    /// <inheritdoc/>
    public async IAsyncEnumerable<FetchedAnswer> FetchAsync(DayRange days, Instant now, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var day in days.Days)
        {
            var address = new Uri(new Uri(options.HuggingFace.BaseUrl), "/api/daily_papers?date=" + LocalDatePattern.Iso.Format(day));
            var position = 0;
            for (var (page, before) = (0, Array.Empty<byte>()); page < MaxPages; page++)
            {
                var asked = page == 0 ? address : new Uri(FormattableString.Invariant($"{address}&p={page}"));
                var answer = Answers.RequireOk(await _http.GetAsync(asked, ct));
                // A server that knows no pages gives the first again.
                if (answer.Body.AsSpan().SequenceEqual(before))
                    break;
                before = answer.Body;
                var fetched = Answers.ToImport(answer, asked, PaperFormat.HuggingFace, page == 0 ? day : null, now);
                fetched.Input.Document.FirstPosition = position;
                yield return fetched;
                position += fetched.Input.Document.EntriesRead;
                if (fetched.Input.Document.EntriesRead < PageSize)
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}

/// <summary>
/// arXiv: today's announcements from the daily feed, then the API for the same days, which repairs what a feed that was
/// missed or cut left out. Earlier days come from the API alone.
/// </summary>
internal sealed class ArxivSource(SourcesOptions options, IClock clock, TimeProvider time) : IPaperSource, IDisposable
{
    private const int PageSize = 500;
    private const int MaxPages = 200;

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
    public async IAsyncEnumerable<FetchedAnswer> FetchAsync(DayRange days, Instant now, [EnumeratorCancellation] CancellationToken ct)
    {
        if (days.To >= now.InZone(ArxivCalendar.Zone).Date)
        {
            var address = new Uri(options.Arxiv.Feeds, string.Join('+', options.Arxiv.EffectiveCategories));
            yield return Answers.ToImport(Answers.RequireOk(await _http.GetAsync(address, ct)), address, PaperFormat.ArxivRss, days.To, now);
        }

        // The deadline before the first day's announcement may lie a long weekend back.
        var from = days.From.PlusDays(-4);
        for (var (start, page) = (0, 0); page < MaxPages; page++)
        {
            var address = Question(from, days.To, start);
            var answer = await _http.GetAsync(address, ct);
            // What it cannot answer comes under 400, as a feed that says why.
            if (answer.Status != HttpStatusCode.BadRequest)
                Answers.RequireOk(answer);
            var fetched = Answers.ToImport(answer, address, PaperFormat.ArxivAtom, day: null, now);
            yield return fetched;
            var document = fetched.Input.Document;
            start += document.EntriesRead;
            if (document.Total is not { } total || start >= total)
                yield break;
            if (document.EntriesRead == 0)
                throw new SourceFaultException($"arXiv's API gave an empty page after {start} of {total} papers.");
        }
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

/// <summary>arXiv's OAI-PMH: everything that changed on some days, deletions too, page after page.</summary>
internal sealed class ArxivOaiSource(SourcesOptions options, IClock clock, TimeProvider time) : IPaperSource, IDisposable
{
    private const int MaxPages = 1_000;

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
    public async IAsyncEnumerable<FetchedAnswer> FetchAsync(DayRange days, Instant now, [EnumeratorCancellation] CancellationToken ct)
    {
        var sets = options.Arxiv.EffectiveCategories.Select(category => category.Split('.')[0]).Distinct(StringComparer.Ordinal);
        foreach (var set in sets)
        {
            var question = $"?verb=ListRecords&metadataPrefix=arXiv&set={set}&from={LocalDatePattern.Iso.Format(days.From)}&until={LocalDatePattern.Iso.Format(days.To)}";
            for (var page = 0; page < MaxPages; page++)
            {
                var address = new Uri(options.Arxiv.Oai, question);
                var fetched = Answers.ToImport(Answers.RequireOk(await _http.GetAsync(address, ct)), address, PaperFormat.Oai, day: null, now);
                yield return fetched;
                if (fetched.Input.Document.NextToken is not { } token)
                    break;
                question = "?verb=ListRecords&resumptionToken=" + Uri.EscapeDataString(token);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}

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
    public async IAsyncEnumerable<FetchedAnswer> FetchAsync(DayRange days, Instant now, [EnumeratorCancellation] CancellationToken ct)
    {
        var address = new Uri(feed.Url);
        var answer = Answers.RequireOk(await _http.GetAsync(address, ct));
        yield return Answers.ToImport(answer, address, format: null, day: null, now, feed.Name);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}

/// <summary>From an answer to something to import.</summary>
internal static class Answers
{
    /// <summary>The answer, if its status says that it is one.</summary>
    /// <exception cref="SourceFaultException">It does not.</exception>
    public static SourceAnswer RequireOk(SourceAnswer answer) => answer.Status == HttpStatusCode.OK
        ? answer
        : throw new SourceFaultException(FormattableString.Invariant($"{answer.Address.Host} answers HTTP {(int)answer.Status} for {answer.Address.PathAndQuery}."));

    /// <summary>The answer as a live document.</summary>
    public static FetchedAnswer ToImport(SourceAnswer answer, Uri asked, PaperFormat? format, LocalDate? day, Instant now, string? sourceName = null)
    {
        var document = new SourceDocument { Name = asked.AbsoluteUri, Now = now, ListedOn = day, IsLive = true, SourceName = sourceName };
        return new FetchedAnswer(asked, day, new ImportInput(document, format, answer.Body.Length, () => new MemoryStream(answer.Body, writable: false)));
    }
}
