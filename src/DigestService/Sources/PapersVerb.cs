using System.CommandLine;
using DigestService.Papers;
using DigestService.Platform;
using DigestService.Topics;
using DigestService.Topics.Searching;
using NodaTime;
using NodaTime.Text;
using Spectre.Console;

namespace DigestService.Sources;

/// <summary><c>papers import</c>, <c>papers fetch</c>, <c>papers list</c> and <c>papers embed</c>; <see cref="PapersByHandVerb"/> has the others.</summary>
internal static class PapersVerb
{
    // Ten years: more are a slip of the pen, and one source is asked for each of them.
    private const int MostDays = 3_660;

    /// <summary>The verb with its subcommands.</summary>
    public static Command Create()
    {
        var papers = new Command("papers", "The catalogue of papers.") { Import(), Fetch(), List(), Embed() };
        foreach (var byHand in PapersByHandVerb.Create())
            papers.Subcommands.Add(byHand);
        return papers;
    }

    private static Command Import()
    {
        var paths = new Argument<string[]>("PATH") { Arity = ArgumentArity.OneOrMore, Description = "Files or folders, packed with gzip or not." };
        var format = new Option<string>("--format") { DefaultValueFactory = _ => "auto", Description = "What the files hold." };
        format.TakesOneOf(["auto", .. PaperFormat.All.Select(known => known.Name)]);
        var listedOn = VerbDays.Optional("--listed-on", "The day of the listing, above what files say.");
        return new Command("import", "Import papers from files.") { paths, format, listedOn }.Does(
            async (verb, ct) =>
            {
                var named = PaperFormat.All.FirstOrDefault(known => known.Name == verb.Parse.GetValue(format));
                var inputs = ImportInput.FromPaths(verb.Parse.GetValue(paths) ?? [], named, verb.Parse.GetValue(listedOn), verb.Clock.GetCurrentInstant());
                var import = verb.Service<PaperImport>();
                var result = await WithProgressAsync("Importing", inputs.Sum(input => input.Length), bar => import.ImportAsync(inputs, bar, ct));
                await EmbedFewAsync(verb, result, ct);
                var code = Report(verb, result);
                if (inputs.Count > 0)
                    return code;
                await Console.Error.WriteLineAsync(ImportInput.NothingUnder(verb.Parse.GetRequiredValue(paths)));
                return 1;
            },
            Verb.NowOption());
    }

    private static Command Fetch()
    {
        var name = new Argument<string>("SOURCE") { Description = "huggingface, arxiv, arxiv-oai or the name of a configured feed, be it turned off for 'serve' or not." };
        var from = VerbDays.Optional("--from", "The first day to ask for.");
        var to = VerbDays.Optional("--to", "The last day to ask for.");
        var command = new Command("fetch", "Fetch papers from a source.") { name, from, to };
        command.InOrder(from, to);
        return command.Does(
            async (verb, ct) =>
            {
                var source = Named(verb.Service<IEnumerable<IPaperSource>>(), verb.Parse.GetValue(name) ?? "");
                var fetch = verb.Service<SourceFetch>();
                var days = await DaysAsync(fetch, source, verb.Parse.GetValue(from), verb.Parse.GetValue(to), ct);
                var result = await fetch.RunAsync(source, days, ct);
                await EmbedFewAsync(verb, result.Import, ct);
                var code = Report(verb, result.Import);
                if (result.Fault is not { } fault)
                    return code;
                await Console.Error.WriteLineAsync(fault);
                return 1;
            },
            Verb.NowOption());
    }

    private static async Task<IReadOnlyList<LocalDate>> DaysAsync(
        SourceFetch fetch, IPaperSource source, LocalDate? from, LocalDate? to, CancellationToken ct)
    {
        var usual = await fetch.UsualDaysAsync(source, ct);
        if (from is null && to is null)
            return usual;
        var last = to ?? LocalDate.Max(usual[^1], from ?? usual[^1]);
        var first = from ?? LocalDate.Min(usual[0], last);
        var count = Period.DaysBetween(first, last) + 1;
        if (count > MostDays)
            throw new OperatorException(FormattableString.Invariant($"From {first:uuuu-MM-dd} to {last:uuuu-MM-dd} are {count} days: ask for {MostDays} at a time.")) { IsWrongUsage = true };
        if (count > usual.Count)
            await Console.Error.WriteLineAsync(FormattableString.Invariant($"Asking {source.Name} for {Quantities.Count(count, "day", "days")}, from {first:uuuu-MM-dd} to {last:uuuu-MM-dd}."));
        return [.. new DayRange(first, last).Days];
    }

    private static IPaperSource Named(IEnumerable<IPaperSource> sources, string name)
    {
        var known = sources.ToList();
        var wanted = name.Equals("hf", StringComparison.OrdinalIgnoreCase) ? "huggingface" : name;
        return known.Find(source => source.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase))
            ?? throw new OperatorException($"There is no source '{name}'; there are {string.Join(", ", known.Select(source => source.Name))}.");
    }

    private static Command List()
    {
        var listedOn = VerbDays.Optional("--listed-on", "Only papers of that day's listings.");
        var topic = new Option<string?>("--topic") { Description = "Only papers that match the topic with this slug." };
        var query = new Option<string?>("--query") { Description = "Only papers that answer this query, the best first." };
        var limit = VerbNumbers.WithDefault("--limit", "How many to show.", byDefault: 50, least: 0);
        return new Command("list", "List the catalogue, newest first.") { listedOn, topic, query, limit }.Does(async (verb, ct) =>
        {
            var found = verb.Parse.GetValue(query) is { } text ? await SearchAsync(verb, text, ct) : null;
            var slug = verb.Parse.GetValue(topic);
            if (slug is not null)
                await MatchTopicAsync(verb, slug, ct);
            var asked = new CatalogueFilter(verb.Parse.GetValue(listedOn), slug, found, verb.Parse.GetValue(limit));
            var page = await verb.Service<Catalogue>().ListAsync(asked, ct);
            verb.Report(page, text =>
            {
                foreach (var paper in page.Papers)
                    text.WriteLine($"{LocalDatePattern.Iso.Format(paper.ListedOn)}  {paper.Upvotes,4}  {paper.Title}");
                text.WriteLine(FormattableString.Invariant($"{page.Papers.Count} of {Quantities.Count(page.Total, "paper", "papers")}."));
            });
            return 0;
        });
    }

    // Where no 'serve' has run yet nobody has loaded the topics, nor matched papers with them.
    private static async Task MatchTopicAsync(VerbContext verb, string slug, CancellationToken ct)
    {
        var topics = verb.Service<TopicCatalogue>();
        var isWritable = await topics.TryLoadAsync(ct);
        if (!(await topics.ListAsync(ct)).Any(known => known.Slug == slug))
            throw new OperatorException($"There is no topic '{slug}'; 'digest topics list' names those there are.");
        if (isWritable)
            await verb.Service<TopicMatching>().MatchDueAsync(ct);
    }

    // A day's papers take seconds. More of them wait for the service or for 'papers embed', so that an import is no slower.
    private static async Task EmbedFewAsync(VerbContext verb, ImportResult result, CancellationToken ct)
    {
        var changed = result.Added + result.Updated;
        if (changed == 0)
            return;
        if (changed <= EmbeddingRound.UsualPapers)
            await verb.Service<EmbeddingRound>().RunAsync(changed, progress: null, ct);
        else if (verb.Service<EmbeddingRound>().Hindrance is null)
            await Console.Error.WriteLineAsync("What these papers mean is not known yet: 'digest papers embed' reads them, and a running service does so by itself.");
    }

    private static Command Embed()
    {
        var most = VerbNumbers.Optional("--most", "How many papers at the most; all that wait where it is left out.", least: 0);
        return new Command("embed", "Give papers and queries their vectors, the newest papers first.") { most }.Does(async (verb, ct) =>
        {
            var round = verb.Service<EmbeddingRound>();
            if (round.Hindrance is { } hindrance)
                throw new OperatorException($"Nothing can be embedded. {hindrance}");
            var limit = verb.Parse.GetValue(most) ?? int.MaxValue;
            var due = await round.CountDueAsync(ct);
            var embedded = await WithProgressAsync("Embedding", Math.Min(due, limit), bar => round.RunAsync(limit, bar, ct));
            var waiting = await round.CountDueAsync(ct);
            verb.Report(
                new { embedded, waiting },
                text => text.WriteLine($"{Quantities.Count(embedded, "paper", "papers")} embedded, {Quantities.Count(waiting, "waits", "wait")}."));
            return 0;
        });
    }

    private static async Task<IReadOnlyList<long>> SearchAsync(VerbContext verb, string text, CancellationToken ct)
    {
        var (answer, error) = await verb.Service<PaperSearch>().AnswerAsync(text, isExact: true, waits: true, ct);
        return answer?.Ranked ?? throw new OperatorException(error?.Pointing(text) ?? "") { IsWrongUsage = true };
    }

    private static int Report(VerbContext verb, ImportResult result)
    {
        verb.Report(result, text =>
        {
            foreach (var rejection in result.Rejections.Concat(result.Remarks))
                text.WriteLine(FormattableString.Invariant($"{rejection.File}:{rejection.Line}: {rejection.Reason}"));
            text.WriteLine(FormattableString.Invariant(
                $"{Quantities.Count(result.Files, "file", "files")}: {result.Read} read, {result.Added} added, {result.Updated} updated, {result.Duplicates} known already, {result.Rejected} rejected."));
        });
        if (!result.IsAllRejected)
            return 0;
        var first = result.Rejections[0];
        Console.Error.WriteLine(FormattableString.Invariant($"Nothing was imported; {first.File}, line {first.Line}: {first.Reason}"));
        return 1;
    }

    // A bar on a terminal; nothing where the output is a file or a pipe.
    private static async Task<T> WithProgressAsync<T>(string name, long total, Func<BarProgress?, Task<T>> work)
    {
        if (Console.IsErrorRedirected)
            return await work(null);
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await terminal.Progress().HideCompleted(true).StartAsync(context =>
        {
            var task = context.AddTask(name, maxValue: Math.Max(1, total));
            return work(new BarProgress(task));
        });
    }

    // Octets come one after another, papers as their number so far.
    private sealed class BarProgress(ProgressTask task) : IProgress<long>, IProgress<int>
    {
        public void Report(long value) => task.Increment(value);

        public void Report(int value) => task.Value = value;
    }
}
