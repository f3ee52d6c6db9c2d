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
    private const int DaysInVain = 2;

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
    public async IAsyncEnumerable<SourceStep> FetchAsync(SourceQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        var inVain = 0;
        foreach (var day in question.Days)
        {
            var isRead = true;
            await foreach (var step in FetchDayAsync(day, question, ct))
            {
                isRead &= step is FetchedAnswer { Input.Document.Fault: null };
                inVain = step is FailedServer ? inVain + 1 : 0;
                yield return step is FailedServer failed ? failed.Question : step;
            }

            if (isRead)
                yield return new DaysRead([day]);
            // A day may be broken by itself; a server that cannot be reached twice running is down.
            if (inVain >= DaysInVain)
                yield break;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async IAsyncEnumerable<SourceStep> FetchDayAsync(LocalDate day, SourceQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        var address = new Uri(new Uri(options.HuggingFace.BaseUrl), "/api/daily_papers?date=" + LocalDatePattern.Iso.Format(day));
        var position = 0;
        var before = Array.Empty<byte>();
        for (var page = 0; page < MaxPages; page++)
        {
            var asked = page == 0 ? address : new Uri(FormattableString.Invariant($"{address}&p={page}"));
            var part = page == 0 ? "" : FormattableString.Invariant($"page {page + 1}");
            var (answer, fault) = await Answers.TryGetAsync(_http, asked, question.Memory, ct);
            if (answer is null)
            {
                var failed = new FailedQuestion(day, part, fault!.Message); // one of the two is there
                yield return fault.IsOfServer ? new FailedServer(failed) : failed;
                yield break;
            }

            var fetched = Answers.ToImport(answer, asked, PaperFormat.HuggingFace, page == 0 ? day : null, part, question.Now);
            fetched.Input.Document.FirstPosition = position;
            yield return fetched;
            var document = fetched.Input.Document;
            position += document.EntriesRead;
            // A server that knows no pages gives the first again, in whatever order.
            if (document.Fault is not null || document.EntriesRead < PageSize || document.ContentHash().AsSpan().SequenceEqual(before))
                yield break;
            before = document.ContentHash();
        }
    }

    private sealed record FailedServer(FailedQuestion Question) : SourceStep;
}

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
            if (document.Total is { } total ? start >= total : document.EntriesRead < PageSize)
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
    public async IAsyncEnumerable<SourceStep> FetchAsync(SourceQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        var isRead = true;
        foreach (var set in options.Arxiv.EffectiveCategories.Select(category => category.Split('.')[0]).Distinct(StringComparer.Ordinal))
        {
            await foreach (var step in FetchSetAsync(set, question, ct))
            {
                isRead &= step is FetchedAnswer { Input.Document.Fault: null };
                yield return step;
            }
        }

        if (isRead)
            yield return new DaysRead(question.Days);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async IAsyncEnumerable<SourceStep> FetchSetAsync(string set, SourceQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        var asked = $"?verb=ListRecords&metadataPrefix=arXiv&set={set}&from={LocalDatePattern.Iso.Format(question.Days[0])}&until={LocalDatePattern.Iso.Format(question.Days[^1])}";
        for (var page = 0; page < MaxPages; page++)
        {
            var address = new Uri(options.Arxiv.Oai, asked);
            var part = FormattableString.Invariant($"{set} {page + 1}");
            var (answer, fault) = await Answers.TryGetAsync(_http, address, question.Memory, ct);
            if (answer is null)
            {
                yield return new FailedQuestion(question.Days[^1], part, fault!.Message); // one of the two is there
                yield break;
            }

            var fetched = Answers.ToImport(answer, address, PaperFormat.Oai, day: null, part, question.Now);
            yield return fetched;
            if (fetched.Input.Document is not { Fault: null, NextToken: { } token })
                yield break;
            asked = "?verb=ListRecords&resumptionToken=" + Uri.EscapeDataString(token);
        }
    }
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
    public async IAsyncEnumerable<SourceStep> FetchAsync(SourceQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        yield return await Answers.FeedAsync(_http, new Uri(feed.Url), format: null, day: null, "", question, ct, feed);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}

/// <summary>From a question to something to import.</summary>
internal static class Answers
{
    /// <summary>An answer whose status says that it is one, or why there is none.</summary>
    public static async Task<(SourceAnswer? Answer, SourceFaultException? Fault)> TryGetAsync(
        SourceHttp http, Uri address, AnswerMemory memory, CancellationToken ct, HttpStatusCode also = HttpStatusCode.OK)
    {
        try
        {
            var answer = await http.GetAsync(address, memory, marks: null, ct);
            return answer.Status == HttpStatusCode.OK || answer.Status == also ? (answer, null) : (null, Refused(answer));
        }
        catch (SourceFaultException fault)
        {
            return (null, fault);
        }
    }

    /// <summary>A feed, unless it is the one that was read last.</summary>
    public static async Task<SourceStep> FeedAsync(
        SourceHttp http, Uri address, PaperFormat? format, LocalDate? day, string part, SourceQuestion question, CancellationToken ct, FeedOptions? feed = null)
    {
        try
        {
            var answer = await http.GetAsync(address, question.Memory, question.Memory.MarksOf(address), ct);
            return answer.Status switch
            {
                HttpStatusCode.OK => ToImport(answer, address, format, day, part, question.Now, feed),
                HttpStatusCode.NotModified => new UnchangedAnswer(address, day, part),
                _ => new FailedQuestion(day, part, Refused(answer).Message),
            };
        }
        catch (SourceFaultException fault)
        {
            return new FailedQuestion(day, part, fault.Message);
        }
    }

    /// <summary>The answer as a live document.</summary>
    public static FetchedAnswer ToImport(
        SourceAnswer answer, Uri asked, PaperFormat? format, LocalDate? day, string part, Instant now, FeedOptions? feed = null)
    {
        var document = new SourceDocument
        {
            Name = asked.AbsoluteUri,
            Address = answer.Address,
            Now = now,
            ListedOn = day,
            IsLive = true,
            SourceName = feed?.Name,
            IsRanked = feed?.Ranked,
        };
        return new FetchedAnswer(asked, day, part, new ImportInput(document, format, answer.Body.Length, () => new MemoryStream(answer.Body, writable: false)))
        {
            Marks = answer.Marks,
        };
    }

    private static SourceFaultException Refused(SourceAnswer answer) =>
        new(FormattableString.Invariant($"{answer.Address.Host} answers HTTP {(int)answer.Status} for {answer.Address.PathAndQuery}."));
}
