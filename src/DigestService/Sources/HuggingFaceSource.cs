using System.Runtime.CompilerServices;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Sources;

/// <summary>Hugging Face's daily papers: one request a day asked for.</summary>
internal sealed class HuggingFaceSource(SourcesOptions options, IClock clock, TimeProvider time) : IPaperSource, IDisposable
{
    // An answer holds this many unless it is the last.
    private const int PageSize = 50;
    private const int MaxPages = 200;
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
                inVain = step is FailedServer ? inVain + 1 : 0;
                yield return step is FailedServer failed ? failed.Question : step;
                // Whether an answer can be read is known once it has been taken.
                isRead &= step is FetchedAnswer { Input.Document.Fault: null };
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

        yield return new FailedQuestion(day, "", FormattableString.Invariant($"The list of {day:uuuu-MM-dd} does not end: it has more than {MaxPages} pages."));
    }

    private sealed record FailedServer(FailedQuestion Question) : SourceStep;
}
