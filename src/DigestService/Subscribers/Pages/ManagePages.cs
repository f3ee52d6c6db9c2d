using System.Globalization;
using DigestService.Mail;
using DigestService.Platform.Layout;
using DigestService.Subscribers.Pages.Words;
using NodaTime;

namespace DigestService.Subscribers.Pages;

/// <summary>The door for people who are here already: they type their address and get the link to their preferences by mail.</summary>
internal static class ManagePages
{
    /// <summary>Path of the page.</summary>
    public const string Path = "/manage";

    // The same for every address, so that nobody learns who is subscribed.
    private static IResult LookInYourInbox() => MessagePage.Show(
        (words, say) => new MessageModel(say.LookTitle, say.ManageSent, "/", words.ToToday));

    /// <summary>Maps it.</summary>
    public static void MapManagePages(this IEndpointRouteBuilder routes)
    {
        routes.MapPage(Path, () => PageResult.Public<ManagePage>(new ManageModel()));
        routes.MapForm(Path, SendAsync).RequireRateLimiting(SiteLimits.SignUp);
    }

    private static async Task<IResult> SendAsync(HttpContext http, PreferencesLinkSender sender, FormStamps stamps, IClock clock, CancellationToken ct)
    {
        var form = await http.Request.ReadBoundedFormAsync(ct);
        // A field that people do not see is filled in by programs alone; they learn nothing from the answer.
        if (!string.IsNullOrEmpty(form.One("website")))
            return LookInYourInbox();
        var isAddress = EmailAddress.TryParse(form.One("email"), out var address);
        var askedAgain = await stamps.IsTooOldAsync(form.One(FormStamps.Field), ct) ? ReaderWords.Of(PageLanguage.Of(http)).FormTooOld : null;
        if (!isAddress || askedAgain is not null)
        {
            var typed = new ManageModel { Email = form.One("email"), IsFaulty = !isAddress, AskedAgain = askedAgain };
            return PageResult.Private<ManagePage>(typed, StatusCodes.Status400BadRequest);
        }

        if (await sender.SendAsync(address, ct))
            return LookInYourInbox();
        SignUpBudget.AskLater(http, clock.GetCurrentInstant());
        return PageResult.Private<ManagePage>(
            new ManageModel { Email = form.One("email"), AskedAgain = ReaderWords.Of(PageLanguage.Of(http)).TooManySignUps }, StatusCodes.Status429TooManyRequests);
    }
}

/// <summary>The form for one's own address, as it was filled in so far.</summary>
public sealed record ManageModel
{
    /// <summary>What was typed.</summary>
    public string? Email { get; init; }

    /// <summary>Why the form is asked again, as one sentence.</summary>
    public string? AskedAgain { get; init; }

    /// <summary>It is no address.</summary>
    public bool IsFaulty { get; init; }
}
