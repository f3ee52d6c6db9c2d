using System.Net;
using NodaTime;

namespace DigestService.Sources;

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
                HttpStatusCode.OK => ToImport(answer, address, format, day, part, question.Now, feed) with { Marks = answer.Marks },
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
            Charset = answer.Charset,
            Now = now,
            ListedOn = day,
            IsLive = true,
            SourceName = feed?.Name,
            IsRanked = feed?.Ranked,
        };
        return new FetchedAnswer(asked, day, part, new ImportInput(document, format, answer.Body.Length, () => new MemoryStream(answer.Body, writable: false)));
    }

    private static SourceFaultException Refused(SourceAnswer answer) =>
        new(FormattableString.Invariant($"{answer.Address.Host} answers HTTP {(int)answer.Status} for {answer.Address.PathAndQuery}."));
}
