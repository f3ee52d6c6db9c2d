using System.CommandLine;
using System.Globalization;
using System.Text;
using DigestService.Mails.Languages;
using DigestService.Platform;
using DigestService.Subscribers;

namespace DigestService.Digests;

/// <summary><c>digest digests run | preview | why</c>.</summary>
internal static class DigestsVerb
{
    /// <summary>The verb with its three actions.</summary>
    public static Command Create() => new("digests", "Plan, send, preview and explain digests.") { Run(), Preview(), Why() };

    private static Command Run()
    {
        var now = Verb.NowOption();
        return new Command("run", "Plan every digest that is due, send all that can be sent, and exit.").Does(
            async (verb, ct) =>
            {
                if (verb.Parse.GetValue(now) is null && await verb.Service<ClockSkew>().FindFarAheadAsync(ct) is { } fault)
                    throw new OperatorException($"{fault} Or name the moment by --now.");
                var counts = await verb.Service<DigestRun>().RunAsync(verb.Clock.GetCurrentInstant(), ct);
                verb.Report(
                    counts,
                    $"{counts.Planned} planned, {counts.Sent} sent, {counts.Deferred} deferred, {counts.Failed} failed, {counts.Unknown} unknown, {counts.Suppressed} suppressed, {counts.Empty} empty in {counts.Seconds:0.0} s");
                if (counts.Hindrance is null)
                    return 0;
                await Console.Error.WriteLineAsync(counts.Hindrance);
                return 1;
            },
            now);
    }

    private static Command Preview()
    {
        var email = VerbAddresses.One();
        var folder = new Option<string>("--out")
        {
            Description = "Folder for the .eml, .html and .txt; the working directory if not given.",
            DefaultValueFactory = _ => ".",
        };
        folder.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value.Length: 0 }])
                result.AddError("--out: name a folder.");
        });
        return new Command("preview", "Write a reader's next digest as .eml, .html and .txt; send nothing, change nothing.") { email, folder }
            .Does(
                async (verb, ct) =>
                {
                    var address = verb.Parse.GetValue(email);
                    var preview = await verb.Service<DigestPreview>().PreviewAsync(address, verb.Clock.GetCurrentInstant(), ct);
                    var files = await WriteAsync(preview, new DirectoryInfo(verb.Parse.GetRequiredValue(folder)), ct);
                    var language = Language.Of(preview.Selection.Subscriber.Language);
                    var items = preview.Selection.Entries.Select(entry => new
                    {
                        paper = entry.Candidate.PaperId,
                        title = entry.Candidate.Title,
                        score = Math.Round(entry.Score, 4),
                        reasons = language.Say(entry.Reasons, preview.Selection.Subscriber.DigestOn, preview.Selection.Subscriber.Span).ToList(),
                    }).ToList();
                    var news = preview.Selection.SavedNews
                        .Select(piece => new { paper = piece.PaperId, title = piece.Title, news = piece.InWords(language).ToList() }).ToList();
                    var notPlanned = preview.Selection.Subscriber.WhyNotPlanned;
                    verb.Report(
                        new { subject = preview.Mail.Subject, isMailed = notPlanned is null && preview.Selection.IsMailed, items, savedNews = news, bytes = preview.Mail.Message.Length, files },
                        text =>
                        {
                            text.WriteLine(preview.Mail.Subject);
                            foreach (var item in items)
                                text.WriteLine(string.Create(
                                    CultureInfo.InvariantCulture, $"  {item.score:0.000}  {item.title}"));
                            foreach (var piece in news)
                                text.WriteLine($"  saved  {piece.title}: {string.Join(", ", piece.news)}");
                            foreach (var line in preview.Selection.Explanation())
                                text.WriteLine(line);
                            if (notPlanned is not null)
                                text.WriteLine($"{notPlanned} The files hold the mail as it would be.");
                            else if (!preview.Selection.IsMailed)
                                text.WriteLine("No mail would go out; the files hold the note of such a day.");
                            foreach (var file in files)
                                text.WriteLine(file);
                        });
                    return 0;
                },
                Verb.NowOption());
    }

    private static Command Why()
    {
        var email = VerbAddresses.One();
        var day = VerbDays.Required("date", "The digest's nominal local day, YYYY-MM-DD.");
        return new Command("why", "Say why a reader's digest held what it held, or why there was none.") { email, day }
            .Does(
                async (verb, ct) =>
                {
                    var address = verb.Parse.GetValue(email);
                    var account = await verb.Service<DigestLedger>().ExplainAsync(address, verb.Parse.GetValue(day), verb.Clock.GetCurrentInstant(), ct);
                    verb.Report(account, account.Write);
                    if (account.HasReader)
                        return 0;
                    await Console.Error.WriteLineAsync(DigestPreview.NotSubscribed(address));
                    return 1;
                },
                Verb.NowOption());
    }

    private static async Task<IReadOnlyList<string>> WriteAsync(PreviewedDigest preview, DirectoryInfo folder, CancellationToken ct)
    {
        var stem = Path.Combine(folder.FullName, $"digest-{preview.Selection.Subscriber.DigestOn.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture)}");
        (string Name, byte[] Octets)[] files =
            [(stem + ".eml", preview.Mail.Message), (stem + ".html", Encoding.UTF8.GetBytes(preview.Mail.Html)), (stem + ".txt", Encoding.UTF8.GetBytes(preview.Mail.Text))];
        string? writing = null;
        try
        {
            folder.Create();
            foreach (var (name, octets) in files)
            {
                writing = name;
                await File.WriteAllBytesAsync(name, octets, ct);
            }
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"--out: {FileWords.WhyUnwritable(folder.FullName, unwritable, writing)}", unwritable);
        }

        return [.. files.Select(file => file.Name)];
    }
}
