using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using DigestService.Papers;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Topics;
using DigestService.Topics.Searching;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Sources;

/// <summary><c>papers add</c>, <c>edit</c>, <c>hide</c>, <c>unhide</c> and <c>hidden</c>.</summary>
internal static class PapersByHandVerb
{
    /// <summary>The subcommands.</summary>
    public static IEnumerable<Command> Create() => [Add(), Edit(), Hide(), Unhide(), Hidden()];

    private static Command Add()
    {
        var fields = new FieldOptions();
        var listedOn = VerbDays.Optional("--listed-on", "The day it is news; today where none is named.");
        var command = new Command("add", "Add a paper by hand.") { listedOn };
        fields.AddTo(command);
        command.Checks(result =>
        {
            if (fields.TitleOn(result).Trim().Length == 0)
                result.AddError("--title: It has no title.");
        });
        return command.Does(
            async (verb, ct) =>
            {
                var outcome = await verb.Service<PaperEditor>().AddAsync(await fields.ReadAsync(verb.Parse, ct), verb.Parse.GetValue(listedOn), ct);
                return await ReportAsync(verb, outcome, $"Added as paper {outcome.Id}.", ct);
            },
            Verb.NowOption());
    }

    private static Command Edit()
    {
        var paper = PaperArgument();
        var fields = new FieldOptions();
        var command = new Command("edit", "Correct a paper. What is not named stays, what is named empty is emptied.") { paper };
        fields.AddTo(command);
        return command.Does(
            async (verb, ct) =>
            {
                var wanted = await FindAsync(verb, verb.Parse.GetValue(paper), ct);
                var form = await fields.ReadAsync(verb.Parse, ct);
                if (form == new PaperForm())
                    throw new OperatorException("Name what to correct, such as --title or --abstract.") { IsWrongUsage = true };
                var outcome = await verb.Service<PaperEditor>().CorrectAsync(wanted, form, version: null, ct);
                if (outcome.Id is null)
                    throw await NoSuchPaperAsync(verb, verb.Parse.GetValue(paper), ct);
                return await ReportAsync(verb, outcome, $"Paper {outcome.Id} is corrected.", ct);
            },
            Verb.NowOption());
    }

    private static Command Hide()
    {
        var paper = PaperArgument();
        var reason = new Option<string?>("--reason") { Description = "Why, for whoever looks later." };
        return new Command("hide", "Take a paper out of all pages, searches and digests to come; no source brings it back.") { paper, reason }.Does(
            async (verb, ct) =>
            {
                var id = await FindAsync(verb, verb.Parse.GetValue(paper), ct);
                var title = await verb.Service<HiddenPapers>().HideAsync(id, verb.Parse.GetValue(reason), ct) ?? throw await NoSuchPaperAsync(verb, verb.Parse.GetValue(paper), ct);
                verb.Report(new { id, title, hidden = true }, text => text.WriteLine($"Hidden: {title}. 'papers unhide {id.ToString(CultureInfo.InvariantCulture)}' puts it back."));
                return 0;
            },
            Verb.NowOption());
    }

    private static Command Unhide()
    {
        var paper = VerbNumbers.Id("ID", "The number of a hidden paper; 'papers hidden' lists them.");
        return new Command("unhide", "Put a hidden paper back as it was.") { paper }.Does(
            async (verb, ct) =>
            {
                var id = verb.Parse.GetValue(paper);
                var title = await verb.Service<PaperEditor>().PutBackAsync(id, ct)
                    ?? throw new OperatorException(FormattableString.Invariant($"No paper is hidden under the number {id}: 'papers hidden' lists them."));
                await EmbedAsync(verb, ct);
                verb.Report(new { id, title, hidden = false }, text => text.WriteLine($"Back again: {title}."));
                return 0;
            },
            Verb.NowOption());
    }

    private static Command Hidden() => new Command("hidden", "List the papers that are hidden, the latest first.").Does(async (verb, ct) =>
    {
        var papers = await verb.Service<HiddenPapers>().ListAsync(ct);
        verb.Report(new { papers }, text =>
        {
            foreach (var paper in papers)
                text.WriteLine(FormattableString.Invariant($"{paper.Id,8}  {paper.HiddenAt:uuuu-MM-dd}  {paper.Title}{(paper.Reason is null ? "" : $" ({paper.Reason})")}"));
            text.WriteLine($"{Quantities.Count(papers.Count, "paper is", "papers are")} hidden.");
        });
        return 0;
    });

    private static Argument<string> PaperArgument() => new("PAPER") { Description = "The paper's number, its arXiv id, its DOI or its whole title." };

    private static async Task<long> FindAsync(VerbContext verb, string? named, CancellationToken ct)
    {
        if (long.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return id;
        var found = await verb.Service<PaperSearch>().FindNamedAsync(named ?? "", ct);
        return found switch
        {
            [var one] => one,
            [] => throw await NoSuchPaperAsync(verb, named, ct),
            _ => throw new OperatorException($"'{named}' names several papers: {string.Join(", ", found)}. Say which, by its number."),
        };
    }

    private static async Task<OperatorException> NoSuchPaperAsync(VerbContext verb, string? named, CancellationToken ct) =>
        (await verb.Service<HiddenPapers>().ListAsync(ct)).FirstOrDefault(paper => paper.IsNamed(named ?? "")) is { } hidden
            ? new(FormattableString.Invariant($"Paper {hidden.Id} is hidden: 'papers unhide {hidden.Id}' puts it back."))
            : new($"There is no paper '{named}'.");

    // With what waits besides, as an import does: a round takes the newest first.
    private static Task EmbedAsync(VerbContext verb, CancellationToken ct) => verb.Service<EmbeddingRound>().RunAsync(EmbeddingRound.UsualPapers, progress: null, ct);

    private static async Task<int> ReportAsync(VerbContext verb, EditOutcome outcome, string done, CancellationToken ct)
    {
        if (outcome.Fault is { } fault)
            throw new OperatorException($"--{fault.Field}: {fault.Sentence}") { IsWrongUsage = outcome.IsOfInput };
        await EmbedAsync(verb, ct);
        verb.Report(new { outcome.Id }, text => text.WriteLine(done));
        return 0;
    }

    private sealed class FieldOptions
    {
        private readonly Option<string?> _title = new("--title") { Description = "Its title." };
        private readonly Option<string?> _abstract = new("--abstract") { Description = "Its abstract; - reads it from standard input." };
        private readonly Option<string[]> _authors = new("--author") { Description = "An author; once for each, in their order." };
        private readonly Option<string[]> _categories = new("--category") { Description = "A subject code such as cs.CL; once for each, the primary one first." };
        private readonly Option<string?> _arxiv = new("--arxiv") { Description = "Its arXiv id." };
        private readonly Option<string?> _doi = new("--doi") { Description = "Its DOI." };
        private readonly Option<string?> _organization = new("--organization") { Description = "The institution that presents it." };
        private readonly Option<string?> _url = new("--url") { Description = "The address of its page." };
        private readonly Option<string?> _pdf = new("--pdf") { Description = "The address of the paper itself." };
        private readonly Option<string?> _code = new("--code") { Description = "The address of its code." };
        private readonly Option<string?> _project = new("--project") { Description = "The address of its project page." };
        private readonly Option<string?> _comment = new("--comment") { Description = "The authors' remark." };

        public void AddTo(Command command)
        {
            foreach (Option option in new Option[] { _title, _abstract, _authors, _categories, _arxiv, _doi, _organization, _url, _pdf, _code, _project, _comment })
                command.Options.Add(option);
            command.Checks(result =>
            {
                foreach (var fault in Identifiers(result).Faults())
                    result.AddError($"--{fault.Field}: {fault.Sentence}");
            });
        }

        public string TitleOn(CommandResult line) => line.GetValue(_title) ?? "";

        private PaperForm Identifiers(CommandResult line) => new()
        {
            Arxiv = line.GetValue(_arxiv),
            Doi = line.GetValue(_doi),
            Url = line.GetValue(_url),
            Pdf = line.GetValue(_pdf),
            Code = line.GetValue(_code),
            Project = line.GetValue(_project),
        };

        public async Task<PaperForm> ReadAsync(ParseResult parse, CancellationToken ct) => Identifiers(parse.CommandResult) with
        {
            Title = parse.GetValue(_title),
            Abstract = parse.GetValue(_abstract) is "-" ? await InputAsync(ct) : parse.GetValue(_abstract),
            Authors = Many(parse, _authors),
            Categories = Many(parse, _categories),
            Organization = parse.GetValue(_organization),
            Comment = parse.GetValue(_comment),
        };

        private static Task<string> InputAsync(CancellationToken ct)
        {
            StandardStreams.RefuseClosedInput();
            return Console.In.ReadToEndAsync(ct);
        }

        private static List<string>? Many(ParseResult parse, Option<string[]> option) =>
            parse.GetValue(option) is { Length: > 0 } values ? [.. values.Where(value => value.Trim().Length > 0)] : null;
    }
}
