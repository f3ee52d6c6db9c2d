using System.CommandLine;
using System.Globalization;
using DigestService.Platform;
using DigestService.Relevance;
using DigestService.Topics.Pages;
using DigestService.Topics.Searching;
using DigestService.Topics.Starting;
using NodaTime;

namespace DigestService.Topics;

/// <summary>The catalogue of topics and the query language.</summary>
internal static class TopicsFeature
{
    private const int PreviewDays = 30;

    /// <summary>Registers the feature's services.</summary>
    public static void AddTopics(this IServiceCollection services)
    {
        services.AddSingleton<TopicCatalogue>();
        services.AddSingleton<TopicMatching>();
        services.AddSingleton<TopicPreview>();
        services.AddSingleton<TopicRates>();
        services.AddSingleton<QueryEmbedder>();
        services.AddSingleton<QueryVectors>();
        services.AddSingleton<ClosestSentences>();
        services.AddSingleton<EmbeddingRound>();
        services.AddSingleton<WordIndex>();
        services.AddSingleton<OlderPapers>();
        services.AddSingleton<PaperSearch>();
        services.AddSingleton<TrendingPapers>();
        services.AddSingleton<StartingPapers>();
        services.AddSingleton<StartingProposals>();
    }

    /// <summary><c>topics list</c> and <c>topics test</c>.</summary>
    public static Command Verb() => new("topics", "The topics readers choose from, and what a query would bring.")
    {
        ListVerb(),
        TestVerb(),
    };

    private static Command ListVerb() => new Command("list", "The catalogue of topics.").Does(async (verb, ct) =>
    {
        var catalogue = verb.Service<TopicCatalogue>();
        await catalogue.TryLoadAsync(ct);
        var topics = await catalogue.ListAsync(ct);
        verb.Report(
            new { topics = topics.Select(t => new { t.Slug, t.Name, t.Group, t.Description, t.Query }) },
            text =>
            {
                foreach (var group in topics.GroupBy(t => t.Group, StringComparer.Ordinal))
                {
                    text.WriteLine(group.Key);
                    foreach (var topic in group)
                        text.WriteLine($"  {topic.Slug,-28} {topic.Name}");
                }
            });
        return 0;
    });

    private static Command TestVerb()
    {
        var queryArgument = new Argument<string>("query") { Description = "Words, \"phrases\", OR, brackets, -unwanted, title:, author:, cat:, org:." };
        var daysOption = VerbNumbers.WithDefault("--days", "How many days back to look.", PreviewDays, least: 1, most: 3660);
        var command = new Command("test", "What a query would have matched in the last days.") { queryArgument, daysOption };
        return command.Does(
            async (verb, ct) =>
            {
                var text = verb.Parse.GetValue(queryArgument)!;
                if (!TopicQuery.TryParse(text, out var query, out var error))
                    throw new OperatorException(error.Pointing(text)) { IsWrongUsage = true };
                var today = verb.Clock.GetCurrentInstant().InUtc().Date;
                var days = verb.Parse.GetValue(daysOption);
                var result = await verb.Service<TopicPreview>().TryAsync(query, today, days, ct);
                verb.Report(
                    new { query = query.Canonical, result.Matches, result.Near, result.PerDay, result.Days, result.Advice, result.Summary, result.Suggestions },
                    writer => Print(result, days, writer));
                return 0;
            },
            Platform.Verb.NowOption());
    }

    // What comes once in a year is not said to come never.
    private static string PerDay(PreviewResult result) =>
        result.PerDay is > 0 and < 0.01 ? "less than 0.01" : result.PerDay.ToString("0.##", CultureInfo.InvariantCulture);

    private static void Print(PreviewResult result, int asked, TextWriter text)
    {
        Print(result.Matches);
        text.WriteLine(FormattableString.Invariant($"{Quantities.Count(result.Matches.Count, "paper", "papers")} in {Quantities.Count(result.Days, "day", "days")}, {PerDay(result)} a day."));
        if (result.Days < asked)
            text.WriteLine(FormattableString.Invariant($"A query is tried on the newest {RecentPapers.Capacity:n0} papers, which go back no further; 'papers list --query' looks through all."));
        foreach (var sentence in (string?[])[result.Summary, result.Advice])
            if (sentence is not null)
                text.WriteLine(sentence);
        if (result.Suggestions.Count > 0)
            text.WriteLine($"Words that would match what is close: {string.Join(", ", result.Suggestions)}.");
        if (result.Near.Count == 0)
            return;
        text.WriteLine(FormattableString.Invariant(
            $"{Quantities.Count(result.Near.Count, "more is near to it and fills", "more are near to it and fill")} a page that has room{(result.Near.Count > TopicPreview.NearShown ? ", among them" : "")}:"));
        Print(result.Near.Take(TopicPreview.NearShown));

        void Print(IEnumerable<PreviewMatch> matches)
        {
            foreach (var match in matches)
            {
                var why = match.Closeness is { } closeness
                    ? FormattableString.Invariant($"closeness {closeness:0.00}{(match.Sentence is null ? "" : $": {match.Sentence}")}")
                    : string.Join("; ", match.Terms);
                text.WriteLine(FormattableString.Invariant($"{match.Score:0.000}  {match.Paper.ListedOn:uuuu-MM-dd}  {match.Paper.Title}  [{why}]"));
            }
        }
    }
}
