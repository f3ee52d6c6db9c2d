using DigestService.Mail;
using DigestService.Platform.Layout;

namespace DigestService.Subscribers.Pages;

/// <summary>The door for people who are here already: they type their address and get the link to their preferences by mail.</summary>
internal static class ManagePages
{
    /// <summary>Path of the page.</summary>
    public const string Path = "/manage";

    // The same for every address, so that nobody learns who is subscribed.
    private static readonly MessageModel LookInYourInbox = new(
        "Look in your inbox",
        "If this address gets our digest, a mail with the link to its preferences is on its way. "
        + "Nothing after some minutes? Look among the unwanted mail, or try again later.",
        "/",
        "To today’s papers");

    /// <summary>Maps it.</summary>
    public static void MapManagePages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage(Path, () => PageResult.Public<ManagePage>(new ManageModel()));
        routes.MapForm(Path, SendAsync).RequireRateLimiting(SiteLimits.SignUp);
    }

    private static async Task<IResult> SendAsync(HttpContext http, PreferencesLinkSender sender, CancellationToken ct)
    {
        var form = await http.Request.ReadBoundedFormAsync(ct);
        // A field that people do not see is filled in by programs alone; they learn nothing from the answer.
        if (!string.IsNullOrEmpty(form.One("website")))
            return PageResult.Private<MessagePage>(LookInYourInbox);
        if (!EmailAddress.TryParse(form.One("email"), out var address))
        {
            var typed = new ManageModel { Email = form.One("email"), Error = "This is not an email address; one looks like ada@example.org." };
            return PageResult.Private<ManagePage>(typed, StatusCodes.Status400BadRequest);
        }

        await sender.SendAsync(address, ct);
        return PageResult.Private<MessagePage>(LookInYourInbox);
    }
}

/// <summary>The form for one's own address, as it was filled in so far.</summary>
public sealed record ManageModel
{
    /// <summary>What was typed.</summary>
    public string? Email { get; init; }

    /// <summary>What is wrong with it.</summary>
    public string? Error { get; init; }
}
