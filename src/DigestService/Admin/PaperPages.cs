using System.Globalization;
using DigestService.Mails;
using DigestService.Papers;
using DigestService.Papers.Pages;
using DigestService.Platform.Layout;
using DigestService.Sources;
using DigestService.Topics.Searching;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Admin;

/// <summary>Papers for the operator: found, added, corrected, hidden and put back by hand.</summary>
internal sealed class PaperPages(PaperSearch search, PaperEditor editor, HiddenPapers hidden, Archive archive)
{
    /// <summary>The path under which a paper that does not exist yet is written.</summary>
    public const string NewPaper = "new";

    private const int MostFound = 30;

    private static readonly (Field Field, Func<PaperForm, string?> Value)[] Lines =
    [
        (new("arxiv", "arXiv id", 100), form => form.Arxiv),
        (new("doi", "DOI", 300), form => form.Doi),
        (new("organization", "Institution", 1_000), form => form.Organization),
        (new("url", "Its page", 2_000), form => form.Url),
        (new("pdf", "The paper itself (PDF)", 2_000), form => form.Pdf),
        (new("code", "Code", 2_000), form => form.Code),
        (new("project", "Project page", 2_000), form => form.Project),
        (new("comment", "Remark of the authors", 5_000), form => form.Comment),
    ];

    /// <summary>What a search found, and the hidden papers.</summary>
    public async Task<Action<HtmlWriter>> ListAsync(string text, string token, CancellationToken ct)
    {
        var found = text.Length == 0 ? null : (await search.FindAsync(text, isExact: false, new(MostFound), ct)).Found;
        var away = await hidden.ListAsync(ct);
        return html =>
        {
            html.Write($"""
                <h1>Papers</h1>
                <p><a href="/admin/papers/{NewPaper}">Add a paper</a></p>
                <form class="row" method="get"><div><label for="q">Words, a title, an arXiv id or a DOI</label><input id="q" name="q" value="{text}" maxlength="1000" size="50"></div><button>Search</button></form>

                """);
            if (text.Length > 0 && found is not { Papers.Count: > 0 })
                html.Write($"<p>Nothing was found.</p>");
            if (found is { Papers.Count: MostFound })
                html.Write($"<p>These are the {MostFound} that are closest.</p>");
            foreach (var paper in found?.Papers ?? [])
                html.Write($"""<p><a href="/admin/papers/{paper.Id}">{paper.Title}</a> <span class="soft day">{LocalDatePattern.Iso.Format(paper.FirstListedOn)}</span></p>""");
            html.Write($"<h2>Hidden papers</h2>");
            if (away.Count == 0)
                html.Write($"""<p class="soft">None is hidden.</p>""");
            foreach (var paper in away)
            {
                html.Write($"""<p>{paper.Title} <span class="soft">hidden {paper.HiddenAt.ToString("uuuu-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC{(paper.Reason is null ? "" : ": " + paper.Reason)}</span></p>""");
                AdminPages.WriteButton(html, $"/admin/papers/{paper.Id}/unhide", token, "Put it back");
            }
        };
    }

    /// <summary>The form of one paper as it is stored, or of a new one; null when there is no such paper.</summary>
    public async Task<Action<HtmlWriter>?> EditAsync(string paper, string token, CancellationToken ct)
    {
        if (paper == NewPaper)
            return Form(paper, new PaperForm(), version: "", day: LocalDatePattern.Iso.Format(archive.Today), fault: null, token);
        return long.TryParse(paper, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && await editor.ReadAsync(id, ct) is { } stored
            ? Form(paper, stored, stored.Version(), day: "", fault: null, token)
            : null;
    }

    /// <summary>Saves what was typed: the paper's row where that was done, else the form again with what is wrong. Neither where there is no such paper.</summary>
    public async Task<(long? Saved, Action<HtmlWriter>? Page)> SaveAsync(string paper, IFormCollection form, string token, CancellationToken ct)
    {
        var typed = Typed(form);
        var day = form.One("listed-on")?.Trim() ?? "";
        if (paper == NewPaper)
        {
            var listedOn = PageDates.Parse(day);
            var (added, wrong) = listedOn is null && day.Length > 0
                ? new(null, new("listed-on", $"“{day}” is not a day such as 2026-01-31."))
                : await editor.AddAsync(typed, listedOn, ct);
            return (added, added is null ? Form(paper, typed, version: "", day, wrong, token) : null);
        }

        if (!long.TryParse(paper, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return (null, null);
        var version = form.One("version") ?? "";
        var (saved, fault) = await editor.CorrectAsync(id, typed, version, ct);
        return fault is null ? (saved, null) : (null, Form(paper, typed, version, day: "", fault, token));
    }

    /// <summary>Hides a paper; nothing where there is none.</summary>
    public Task HideAsync(long id, string? reason, CancellationToken ct) => hidden.HideAsync(id, reason, ct);

    /// <summary>Puts a hidden paper back.</summary>
    public Task UnhideAsync(long id, CancellationToken ct) => editor.PutBackAsync(id, ct);

    private static PaperForm Typed(IFormCollection form) => new()
    {
        Title = form.One("title") ?? "",
        Abstract = form.One("abstract") ?? "",
        Authors = ByLine(form.One("authors")),
        Categories = (form.One("categories") ?? "").Split([' ', ',', '\n', '\r', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        Arxiv = form.One("arxiv") ?? "",
        Doi = form.One("doi") ?? "",
        Organization = form.One("organization") ?? "",
        Url = form.One("url") ?? "",
        Pdf = form.One("pdf") ?? "",
        Code = form.One("code") ?? "",
        Project = form.One("project") ?? "",
        Comment = form.One("comment") ?? "",
    };

    private static string[] ByLine(string? text) => (text ?? "").Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static Action<HtmlWriter> Form(string paper, PaperForm typed, string version, string day, InputFault? fault, string token) => html =>
    {
        html.Write($"""
            <h1>{(paper == NewPaper ? "Add a paper" : typed.Title)}</h1>

            """);
        if (paper != NewPaper)
            html.Write($"""<p><a href="/paper/{paper}">Its page</a> <span class="soft">What you save here stands above what sources say.</span></p>""");
        html.Write($"""<form method="post" action="/admin/papers/{paper}"><input type="hidden" name="token" value="{token}"><input type="hidden" name="version" value="{version}">""");
        WriteLine(html, new("title", "Title", 4_000), typed.Title, fault);
        WriteArea(html, new("abstract", "Abstract", 50_000), rows: 10, typed.Abstract, fault);
        WriteArea(html, new("authors", "Authors, one a line", 500_000), rows: 5, string.Join('\n', typed.Authors ?? []), fault);
        WriteLine(html, new("categories", "Subject codes, such as cs.CL cs.LG", 2_000), string.Join(' ', typed.Categories ?? []), fault);
        foreach (var (field, value) in Lines)
            WriteLine(html, field, value(typed), fault);
        if (paper == NewPaper)
            WriteLine(html, new("listed-on", "The day it is news, such as 2026-01-31", 10), day, fault);
        html.Write($"<p><button>Save</button></p></form>");
        if (paper == NewPaper)
            return;
        html.Write($"""
            <h2>Hide it</h2>
            <p class="soft">No page, search or digest to come shows a hidden paper, and no source brings it back. What readers thought of it counts no more until it is put back; mails that are written already still name it.</p>
            <form class="row" method="post" action="/admin/papers/{paper}/hide"><input type="hidden" name="token" value="{token}">
            <div><label for="reason">Why, for whoever looks later</label><input id="reason" name="reason" maxlength="300" size="50"></div><button class="quiet">Hide this paper</button></form>

            """);
    };

    private static void WriteLine(HtmlWriter html, Field field, string? value, InputFault? fault)
    {
        WriteLabel(html, field, fault);
        html.Write($"""<input id="{field.Name}" name="{field.Name}" value="{value}" maxlength="{field.Most}" size="60"{FaultyField.Attributes(fault, field.Name)}></p>""");
    }

    private static void WriteArea(HtmlWriter html, Field field, int rows, string? value, InputFault? fault)
    {
        WriteLabel(html, field, fault);
        html.Write($"""<textarea id="{field.Name}" name="{field.Name}" rows="{rows}" maxlength="{field.Most}"{FaultyField.Attributes(fault, field.Name)}>{value}</textarea></p>""");
    }

    private static void WriteLabel(HtmlWriter html, Field field, InputFault? fault)
    {
        html.Write($"""<p><label for="{field.Name}">{field.Label}</label>""");
        FaultyField.Write(html, fault, field.Name);
    }

    private sealed record Field(string Name, string Label, int Most);
}
