using System.Text;
using DigestService.Delivery;
using DigestService.Mails;
using DigestService.Platform;

namespace DigestService.Admin;

/// <summary>The mails themselves, as they are stored in the outbox: looking at one acts for nobody.</summary>
internal sealed class OutboxMails(Database database)
{
    /// <summary>
    /// A mail may style itself; it loads nothing, sends nothing and runs nothing, also when its address is opened by itself.
    /// </summary>
    private const string SecurityPolicy =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox";

    private const string Find = """
        -- admin.stored_mail
        select message, fragments
        from deliveries
        where bucket = @id & 63
          and id = @id
          and message is not null
        """;

    /// <summary>A mail with what acts for its reader masked; null where its octets are not kept, or are damaged.</summary>
    public async Task<MaskedMail?> FindAsync(long id, CancellationToken ct)
    {
        await using var connection = await database.OpenAsync(ct);
        if (await connection.QuerySingleOrDefaultAsync<MailRow>(Find, new { id }, ct) is not { } row)
            return null;
        try
        {
            return await StoredFragments.ToMailAsync(connection, row.Message, row.Fragments, ct) is { } octets ? MaskedMail.Of(octets) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>The HTML part for the frame; null where there is none.</summary>
    public async Task<IResult?> FrameAsync(HttpContext http, long id, CancellationToken ct)
    {
        if ((await FindAsync(id, ct))?.Html is not { } html)
            return null;
        OperatorPage.SetHeaders(http.Response.Headers, SecurityPolicy);
        return Results.Content(html, "text/html; charset=utf-8", Encoding.UTF8);
    }

    /// <summary>Writes a mail in one of its forms, with links to the others.</summary>
    public static void Write(HtmlWriter html, long id, MaskedMail? mail, string view)
    {
        html.Write($"<h2>The mail</h2>");
        if (mail is null)
        {
            html.Write($"""<p class="soft">Its octets are not kept: they go when a mail is sent, expires unsent or is stopped for good.</p>""");
            return;
        }

        var path = $"/admin/outbox/{id}";
        html.Write($"""
            <div class="mail view"><p class="views"><a href="{path}">HTML</a> <a href="{path}?view=text">Text</a> <a href="{path}?view=source">Source</a></p>
            <p class="soft">Letters x stand where a link or an address would act for the reader.</p>

            """);
        switch (view)
        {
            case "source":
                html.Write($"<pre>{Encoding.UTF8.GetString(mail.Raw)}</pre>");
                break;
            case not "text" when mail.Html is not null:
                html.Write($"""<iframe title="The mail" sandbox="" src="{path}/html"></iframe>""");
                break;
            default:
                html.Write($"<pre>{mail.Text ?? "This mail has no text part."}</pre>");
                break;
        }

        html.Write($"</div>");
    }

    private sealed record MailRow
    {
        public required byte[] Message { get; init; }
        public long[]? Fragments { get; init; }
    }
}
