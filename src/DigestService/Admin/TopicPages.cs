using System.Globalization;
using DigestService.Mails;
using DigestService.Papers.Pages;
using DigestService.Platform;
using DigestService.Platform.Layout;
using DigestService.Topics;

namespace DigestService.Admin;

/// <summary>The catalogue of topics for the operator: each is tried on the last days before it is saved.</summary>
internal sealed class TopicPages(TopicCatalogue catalogue, TopicPreview preview, Archive archive)
{
    /// <summary>The path under which a topic that does not exist yet is written.</summary>
    public const string NewSlug = "new";

    private const int PreviewDays = 14;

    /// <summary>All topics.</summary>
    public async Task<Action<HtmlWriter>> ListAsync(CancellationToken ct)
    {
        var topics = await catalogue.ListAsync(ct);
        return html =>
        {
            html.Write($"""
                <h1>Topics</h1>
                <p><a href="/admin/topics/{NewSlug}">A new topic</a></p>
                <table class="stacked"><thead><tr><th scope="col">Topic</th><th scope="col">Group</th><th scope="col">Query</th></tr></thead><tbody>

                """);
            foreach (var topic in topics)
                html.Write($"""<tr><td><a href="/admin/topics/{topic.Slug}">{topic.Name}</a></td><td>{topic.Group}</td><td class="soft">{topic.Query}</td></tr>""");
            html.Write($"</tbody></table>");
        };
    }

    /// <summary>One topic as it is stored, or a new one; null when there is none of that name.</summary>
    public async Task<Action<HtmlWriter>?> EditAsync(string slug, string token, CancellationToken ct)
    {
        var stored = (await catalogue.ListAsync(ct)).FirstOrDefault(topic => topic.Slug == slug);
        if (stored is null && slug != NewSlug)
            return null;
        var form = new TopicForm(stored?.Slug ?? "", stored?.Name ?? "", stored?.Group ?? "", stored?.Description ?? "", stored?.Query ?? "");
        return await ShowAsync(slug, form, isTried: false, fault: null, token, ct);
    }

    /// <summary>Tries what was typed, or saves it; null when it was saved, else the form again with what it brings or what is wrong.</summary>
    public async Task<Action<HtmlWriter>?> ActAsync(string slug, IFormCollection form, string token, CancellationToken ct)
    {
        var typed = new TopicForm(
            slug == NewSlug ? form.One("slug")?.Trim() ?? "" : slug,
            form.One("name")?.Trim() ?? "", form.One("group")?.Trim() ?? "", form.One("description")?.Trim() ?? "", form.One("query")?.Trim() ?? "");
        if (form.One("action") is "try")
            return await ShowAsync(slug, typed, isTried: true, fault: null, token, ct);
        var fault = await catalogue.SaveAsync(typed, isNew: slug == NewSlug, ct);
        if (fault is { Field: "slug" } && await StandsAsync(typed, ct))
            return null;
        return fault is null ? null : await ShowAsync(slug, typed, isTried: true, fault, token, ct);
    }

    // A button pressed twice: the first press added the topic.
    private async Task<bool> StandsAsync(TopicForm typed, CancellationToken ct) =>
        TopicQuery.TryParse(typed.Query, out var query, out _)
        && (await catalogue.ListAsync(ct)).Any(topic =>
            new TopicForm(topic.Slug, topic.Name, topic.Group, topic.Description, topic.Query) == typed with { Query = query.Canonical });

    private async Task<Action<HtmlWriter>> ShowAsync(string slug, TopicForm typed, bool isTried, InputFault? fault, string token, CancellationToken ct)
    {
        var until = await archive.LatestDayAsync(ct) ?? archive.Today;
        QueryError? error = null;
        var tried = isTried && TopicQuery.TryParse(typed.Query, out var query, out error) ? await preview.TryAsync(query, until, PreviewDays, ct) : null;
        return html =>
        {
            html.Write($"""<h1>{(slug == NewSlug ? "A new topic" : typed.Name)}</h1>""");
            var wrong = fault ?? (error is null ? null : new InputFault("query", error.Message));
            html.Write($"""<form method="post" action="/admin/topics/{slug}"><input type="hidden" name="token" value="{token}">""");
            if (slug == NewSlug)
                Field(html, "slug", "Name in links, such as world-models", typed.Slug, 60, wrong);
            Field(html, "name", "Name", typed.Name, 80, wrong);
            Field(html, "group", "Group", typed.Group, 60, wrong);
            Field(html, "description", "One sentence on what belongs to it", typed.Description, 400, wrong);
            html.Write($"""<p><label for="query">Query</label><textarea id="query" name="query" rows="6" maxlength="6000" required{FaultyField.Attributes(wrong, "query")}>{typed.Query}</textarea>""");
            FaultyField.Write(html, wrong, "query");
            html.Write($"</p>");
            html.Write($"""
                <p><button name="action" value="try" class="quiet">Try it on the last {PreviewDays} days</button> <button>Save</button></p>
                </form>

                """);
            if (tried is not null)
                WriteTried(html, tried);
        };
    }

    private static void WriteTried(HtmlWriter html, PreviewResult tried)
    {
        html.Write($"""<h2>{Quantities.Count(tried.Matches.Count, "paper", "papers")} in {tried.Days} days, {tried.PerDay.ToString("0.#", CultureInfo.InvariantCulture)} a day</h2>""");
        if (tried.Advice is { } advice)
            html.Write($"<p>{advice}</p>");
        html.Write($"<ol>");
        foreach (var match in tried.Matches.Take(20))
            html.Write($"""<li><a href="/paper/{match.Paper.Id}">{match.Paper.Title}</a> <span class="soft">{string.Join(", ", match.Terms)}</span></li>""");
        html.Write($"</ol>");
    }

    private static void Field(HtmlWriter html, string name, string label, string value, int most, InputFault? wrong)
    {
        html.Write($"""<p><label for="{name}">{label}</label><input id="{name}" name="{name}" value="{value}" maxlength="{most}" size="60" required{FaultyField.Attributes(wrong, name)}>""");
        FaultyField.Write(html, wrong, name);
        html.Write($"</p>");
    }
}
