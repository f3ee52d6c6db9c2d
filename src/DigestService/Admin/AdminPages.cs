using System.Globalization;
using DigestService.Admin.Keys;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Inbound.Handling;
using DigestService.Mail;
using DigestService.Mails;
using DigestService.Platform;
using DigestService.Platform.Layout;
using Microsoft.AspNetCore.Http.Extensions;
using NodaTime;

namespace DigestService.Admin;

/// <summary>The pages themselves. Each GET reads, each POST is signed, done and answered with a redirect.</summary>
internal static class AdminPages
{
    private static readonly (string Path, string Name)[] Places =
        [("/admin", "Today"), ("/admin/outbox", "Outbox"), ("/admin/readers", "Readers"), ("/admin/topics", "Topics"), ("/admin/papers", "Papers"), ("/admin/suppressions", "Suppressions"), ("/admin/inbound", "Inbound"), ("/admin/keys", "Keys"), ("/", "Site")];

    /// <summary>Maps all of them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var admin = routes.MapGroup("/admin").ExcludeFromDescription();
        admin.MapGet("", Page("Admin", TodayPage.ReadAsync));

        admin.MapGet("/outbox", Page("Outbox", OutboxPages.SearchAsync));
        admin.MapGet("/outbox/{id:long}", PageOf(http => Numbered(http, "Mail"), (http, ct) => OutboxPages.ShowAsync(http, IdOf(http), ct)));
        admin.MapGet("/outbox/{id:long}/html", Page(async (http, ct) => await Service<OutboxMails>(http).FrameAsync(http, IdOf(http), ct) ?? ShowNothing(http)));
        foreach (var action in Enum.GetValues<OutboxAction>())
            admin.MapPost($"/outbox/{OutboxPages.NameOf(action)}", Answer((http, form, ct) => OutboxPages.ActAsync(http, action, form, ct)));

        admin.MapGet("/readers", Page(ReadersAsync));
        admin.MapGet("/readers/{id:long}", PageOf(
            http => Numbered(http, "Reader"), (http, ct) => Service<ReaderPages>(http).ShowAsync(IdOf(http), TokenOf(http), ct)));
        admin.MapGet("/readers/{id:long}/digests/{date}", PageOf(
            http => $"{Numbered(http, "Digest of reader")}, {DateOf(http)}", (http, ct) => Service<ReaderPages>(http).ExplainAsync(IdOf(http), DateOf(http), ct)));
        // By POST: what was never matched against new papers is matched first, and that is written down.
        admin.MapPost("/readers/{id:long}/next", Answer(async (http, _, ct) =>
            await Service<ReaderPages>(http).RenderNextAsync(IdOf(http), ct) switch
            {
                null => ShowNothing(http),
                (null, var why) => OperatorPage.Show(
                    http, $"Next digest of reader {IdOf(http)}", Places, html => html.Write($"<h1>No mail would go out</h1><p>{string.Join(' ', why)}</p>")),
                ({ } mail, _) => ShowMail(http, mail),
            }));
        admin.MapPost("/readers/{id:long}/unsubscribe", Answer(async (http, _, ct) =>
        {
            await Service<ReaderPages>(http).UnsubscribeAsync(IdOf(http), ct);
            return Results.Redirect(FormattableString.Invariant($"/admin/readers/{IdOf(http)}"));
        }));
        admin.MapPost("/readers/{id:long}/erase", Answer(EraseAsync));

        admin.MapGet("/topics", Page("Topics", (http, ct) => Service<TopicPages>(http).ListAsync(ct)));
        admin.MapGet("/topics/{slug}", PageOf(TopicTitle, (http, ct) => Service<TopicPages>(http).EditAsync(SlugOf(http), TokenOf(http), ct)));
        admin.MapPost("/topics/{slug}", Answer(async (http, form, ct) =>
            await Service<TopicPages>(http).ActAsync(SlugOf(http), form, TokenOf(http), ct) is { } again
                ? OperatorPage.Show(http, TopicTitle(http), Places, again, form.One("action") is "try" ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest)
                : Results.Redirect("/admin/topics")));

        admin.MapGet("/papers", Page("Papers", (http, ct) => Service<PaperPages>(http).ListAsync(http.Request.Query["q"].ToString().Trim(), TokenOf(http), ct)));
        admin.MapGet("/papers/{paper}", PageOf(PaperTitle, (http, ct) => Service<PaperPages>(http).EditAsync(PaperOf(http), TokenOf(http), ct)));
        admin.MapPost("/papers/{paper}", Answer(async (http, form, ct) =>
            await Service<PaperPages>(http).SaveAsync(PaperOf(http), form, TokenOf(http), ct) switch
            {
                (not null, _) saved => Results.Redirect(FormattableString.Invariant($"/paper/{saved.Saved}")),
                (_, { } again) => OperatorPage.Show(http, PaperTitle(http), Places, again, StatusCodes.Status400BadRequest),
                _ => ShowNothing(http),
            }));
        admin.MapPost("/papers/{id:long}/hide", Act((http, form, ct) => Service<PaperPages>(http).HideAsync(IdOf(http), form.One("reason"), ct), "/admin/papers"));
        admin.MapPost("/papers/{id:long}/unhide", Act((http, _, ct) => Service<PaperPages>(http).UnhideAsync(IdOf(http), ct), "/admin/papers"));

        admin.MapGet("/suppressions", Page("Suppressions", SuppressionsPage.ReadAsync));
        admin.MapPost("/suppressions/add", ChangeSuppressions(SuppressionsPage.AddAsync));
        admin.MapPost("/suppressions/lift", ChangeSuppressions(SuppressionsPage.LiftAsync));
        admin.MapPost("/suppressions/review", Act(SuppressionsPage.ReviewAsync, SuppressionsPage.Path));

        admin.MapGet("/keys", Page("Keys", KeyPages.ReadAsync));
        admin.MapPost("/keys", Answer(async (http, form, ct) =>
        {
            var (isMade, page) = await KeyPages.AddAsync(http, form, ct);
            return OperatorPage.Show(http, "Keys", Places, page, isMade ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
        }));
        admin.MapPost("/keys/{id:long}/revoke", Act((http, _, ct) => KeyPages.RevokeAsync(http, IdOf(http), ct), "/admin/keys"));

        admin.MapGet("/inbound", Page(InboundAsync));
        admin.MapPost("/inbound/read", Act((http, form, ct) => long.TryParse(form["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? Service<Database>(http).ExecuteAsync(InboundQueries.Unkeep, new { id }, ct)
            : Task.CompletedTask, "/admin/inbound"));

        admin.MapPost("/sign-in", SignInAsync).DisableAntiforgery();
        admin.MapPost("/sign-out", SignOutAsync);
        admin.MapPost("/hold", Act((http, form, ct) => Service<SendingHold>(http)
            .HoldAsync(form["because"].ToString() is { Length: > 0 } because ? TypedText.Shortened(because, SendingHold.LongestReason) : SendingHold.OperatorsReason, ct)));
        admin.MapPost("/release", Act((http, _, ct) => Service<SendingHold>(http).ReleaseAsync(ct)));
        admin.MapPost("/retry-failed", Act((http, _, ct) => Service<OutboxRetry>(http).RunAsync(RetryOf.Failed, day: null, limit: null, ct)));
        admin.MapPost("/retry-unknown", Act((http, _, ct) => Service<OutboxRetry>(http).RunAsync(RetryOf.Unknown, day: null, limit: null, ct)));
    }

    private static RequestDelegate Page(string title, Func<HttpContext, CancellationToken, Task<Action<HtmlWriter>>> read) =>
        Page(async (http, ct) => OperatorPage.Show(http, title, Places, await read(http, ct)));

    // A page of something that may be gone.
    private static RequestDelegate PageOf(Func<HttpContext, string> title, Func<HttpContext, CancellationToken, Task<Action<HtmlWriter>?>> read) =>
        Page(async (http, ct) => await read(http, ct) is { } write ? OperatorPage.Show(http, title(http), Places, write) : ShowNothing(http));

    private static async Task<IResult> EraseAsync(HttpContext http, IFormCollection form, CancellationToken ct)
    {
        var (readers, title) = (Service<ReaderPages>(http), Numbered(http, "Reader"));
        if (form.One("sure") is not "yes")
            return await readers.ShowAsync(IdOf(http), TokenOf(http), ct, "Nothing was erased: tick the box beside the button.") is { } again
                ? OperatorPage.Show(http, title, Places, again, StatusCodes.Status400BadRequest)
                : ShowNothing(http);
        return await readers.EraseAsync(IdOf(http), ct) is { } address
            ? OperatorPage.Show(http, title, Places, html => html.Write($"<h1>Erased</h1><p>Nothing is held on {address} any more.</p>"))
            : ShowNothing(http);
    }

    private static RequestDelegate ChangeSuppressions(Func<HttpContext, IFormCollection, CancellationToken, Task<bool>> change) =>
        Answer(async (http, form, ct) => await change(http, form, ct)
            ? Results.Redirect(SuppressionsPage.PathOf(form))
            : OperatorPage.Show(http, "Suppressions", Places, await SuppressionsPage.ReadAsync(http, SuppressionsPage.WhichOf(form), ct), StatusCodes.Status400BadRequest));

    private static RequestDelegate Page(Func<HttpContext, CancellationToken, Task<IResult>> show) => Answer(async http =>
        await Service<AdminSession>(http).IsSignedInAsync(http, http.RequestAborted)
            ? await show(http, http.RequestAborted)
            : ShowSignIn(http, notice: null, StatusCodes.Status401Unauthorized, http.Request.GetEncodedPathAndQuery()));

    private static RequestDelegate Act(Func<HttpContext, IFormCollection, CancellationToken, Task> act, string next = "/admin") => Answer(async (http, form, ct) =>
    {
        await act(http, form, ct);
        return Results.Redirect(next);
    });

    private static RequestDelegate Answer(Func<HttpContext, IFormCollection, CancellationToken, Task<IResult>> act) => Answer(async http =>
    {
        var session = Service<AdminSession>(http);
        if (!await session.IsSignedInAsync(http, http.RequestAborted))
            return ShowSignIn(http, "Nothing was done: you are not signed in any more. Sign in, go back to your form and send it again.", StatusCodes.Status401Unauthorized);
        var form = await http.Request.ReadLongFormAsync(http.RequestAborted);
        if (!session.IsOwnForm(http, form["token"]))
            return ShowSignIn(http, "Nothing was done: that form had expired. Sign in, go back to it and send it again.", StatusCodes.Status400BadRequest);
        return await act(http, form, http.RequestAborted);
    });

    private static RequestDelegate Answer(Func<HttpContext, Task<IResult>> answer) => async http => await (await answer(http)).ExecuteAsync(http);

    private static T Service<T>(HttpContext http)
        where T : notnull => http.RequestServices.GetRequiredService<T>();

    private static string SlugOf(HttpContext http) => http.GetRouteValue("slug")?.ToString() ?? "";

    private static string PaperOf(HttpContext http) => http.GetRouteValue("paper")?.ToString() ?? "";

    private static string DateOf(HttpContext http) => http.GetRouteValue("date")?.ToString() ?? "";

    private static string TokenOf(HttpContext http) => Service<AdminSession>(http).FormToken(http);

    // A mail has its styles inline and loads nothing.
    private static IResult ShowMail(HttpContext http, string mail)
    {
        OperatorPage.SetHeaders(http.Response.Headers, SiteHeaders.PolicyOfMails);
        return Results.Content(mail, "text/html; charset=utf-8", System.Text.Encoding.UTF8);
    }

    private static IResult ShowNothing(HttpContext http) => OperatorPage.Show(
        http, "Nothing is here", Places, html => html.Write($"<h1>Nothing is here</h1><p>There is none of that number, or it is gone.</p>"), StatusCodes.Status404NotFound);

    private static string Numbered(HttpContext http, string what) => FormattableString.Invariant($"{what} {IdOf(http)}");

    private static string TopicTitle(HttpContext http) => SlugOf(http) is "new" ? "New topic" : $"Topic {SlugOf(http)}";

    private static string PaperTitle(HttpContext http) => PaperOf(http) is "new" ? "New paper" : $"Paper {PaperOf(http)}";

    private static long IdOf(HttpContext http) => IdOf(http.GetRouteValue("id")?.ToString());

    private static long IdOf(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;

    private static async Task<IResult> SignInAsync(HttpContext http, AdminSession session)
    {
        if (!http.Request.HasFormContentType)
            return ShowSignIn(http, notice: null, StatusCodes.Status400BadRequest);
        var form = await http.Request.ReadBoundedFormAsync(http.RequestAborted);
        var next = form.One("next") is { } asked && asked.StartsWith("/admin", StringComparison.Ordinal) && Uri.IsWellFormedUriString(asked, UriKind.Relative) ? asked : "/admin";
        return await session.SignInAsync(http, form["password"], http.RequestAborted) switch
        {
            SignInResult.Done => Results.Redirect(next),
            SignInResult.TooMany => ShowSignIn(http, "Too many attempts. Wait five minutes.", StatusCodes.Status429TooManyRequests, next),
            _ => ShowSignIn(http, "That is not the password.", StatusCodes.Status401Unauthorized, next),
        };
    }

    // Who is signed out already is not told that nothing was done.
    private static async Task SignOutAsync(HttpContext http)
    {
        var session = Service<AdminSession>(http);
        if (await session.IsSignedInAsync(http, http.RequestAborted))
            await Act((_, _, ct) => session.SignOutAsync(http, ct))(http);
        else
            http.Response.Redirect("/admin");
    }

    /// <summary>Asks for the password, and leads to <paramref name="next"/> once it is right.</summary>
    private static IResult ShowSignIn(HttpContext http, string? notice, int status, string next = "/admin")
    {
        if (status is StatusCodes.Status401Unauthorized)
            http.Response.Headers.WWWAuthenticate = AdminSession.Challenge;
        return OperatorPage.Show(
            http,
            "Sign in",
            [("/", "Site")],
            html =>
            {
                html.Write($"<h1>Sign in</h1>");
                WriteNotice(html, notice);
                html.Write($"""
                    <form class="row" method="post" action="{AdminSession.SignInPath}"><input type="hidden" name="next" value="{next}">
                    <div><label for="password">Password (Admin__Password)</label><input id="password" name="password" type="password" autocomplete="current-password" required autofocus></div>
                    <button>Sign in</button>
                    </form>

                    """);
            },
            status);
    }

    private static async Task<IResult> ReadersAsync(HttpContext http, CancellationToken ct)
    {
        var text = http.Request.Query["q"].ToString().Trim();
        var found = text.Length == 0
            ? []
            : await Service<AdminOverview>(http).FindReadersAsync(text, ct);
        return OperatorPage.Show(http, "Readers", Places, html =>
        {
            html.Write($"""
                <h1>Readers</h1>
                <form class="row" method="get"><div><label for="q">Part of an address</label><input id="q" name="q" value="{text}" maxlength="254"></div><button>Search</button></form>

                """);
            if (text.Length == 0)
                html.Write($"""<p class="soft">“@” stands in every address: it shows the first {AdminOverview.Most}.</p>""");
            else if (found.Count == 0)
                html.Write($"<p>No address contains that.</p>");
            if (found.Count == 0)
                return;
            if (found.Count > AdminOverview.Most)
                html.Write($"<p>More than {AdminOverview.Most} addresses contain that; these are the first of them. A longer part finds the others.</p>");
            html.Write($"""<table class="stacked"><thead><tr><th scope="col">Address</th><th scope="col">State</th><th scope="col">When</th><th scope="col">Next due</th><th scope="col">Last digest</th></tr></thead><tbody>""");
            foreach (var reader in found.Take(AdminOverview.Most))
            {
                html.Write($"""
                    <tr><td><a href="/admin/readers/{reader.Id}">{EmailAddress.Readable(reader.Address)}</a></td><td>{reader.State}</td><td>{reader.Frequency} at {reader.At}, {reader.Zone}</td><td data-label="next due">{UtcTime.Of(reader.NextDueAt)}</td><td data-label="last digest">{Day(reader.LastDigestOn)}</td></tr>

                    """);
            }

            html.Write($"""</tbody></table><p class="soft"><code>digest digests why ADDRESS DATE</code> tells what a digest held and why; <code>digest subscribers export ADDRESS</code> all that is held on a reader.</p>""");
        });
    }

    private static async Task<IResult> InboundAsync(HttpContext http, CancellationToken ct)
    {
        var services = http.RequestServices;
        var write = await InboundPage.ReadAsync(
            services.GetRequiredService<Database>(),
            services.GetRequiredService<InboundStore>(),
            services.GetRequiredService<IClock>().GetCurrentInstant(),
            services.GetRequiredService<AdminSession>().FormToken(http),
            ct);
        return OperatorPage.Show(http, "Inbound", Places, write);
    }

    internal static void WriteNotice(HtmlWriter html, string? notice)
    {
        if (notice is not null)
            html.Write($"""<p class="notice">{notice}</p>""");
    }

    internal static void WriteFigures(HtmlWriter html, IEnumerable<(string Name, long Count)> figures)
    {
        html.Write($"""<dl class="figures">""");
        foreach (var (name, count) in figures)
            html.Write($"<div><dt>{name}</dt><dd>{count}</dd></div>");
        html.Write($"</dl>");
    }

    /// <summary>A button with the form it sends: the session's token, and fields of its own.</summary>
    internal static void WriteButton(HtmlWriter html, string action, string token, string name, params ReadOnlySpan<(string Name, string Value)> fields)
    {
        html.Write($"""<form class="row" method="post" action="{action}"><input type="hidden" name="token" value="{token}">""");
        foreach (var field in fields)
            html.Write($"""<input type="hidden" name="{field.Name}" value="{field.Value}">""");
        html.Write($"""
            <button class="quiet">{name}</button></form>

            """);
    }

    internal static string Day(LocalDate? day) => day?.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture) ?? "";
}
