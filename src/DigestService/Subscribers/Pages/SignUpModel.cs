using DigestService.Papers.Pages;
using DigestService.Platform.Layout;
using DigestService.Platform.Layout.Words;
using DigestService.Subscribers.Pages.Words;
using DigestService.Topics;
using NodaTime;

namespace DigestService.Subscribers.Pages;

/// <summary>The sign-up form, as it was filled in so far.</summary>
public sealed record SignUpModel(IReadOnlyList<Topic> Topics)
{
    /// <summary>What was typed.</summary>
    public string? Email { get; init; }

    /// <summary>Chosen slugs.</summary>
    public IReadOnlyList<string> Chosen { get; init; } = [];

    /// <summary>A query of the reader's own.</summary>
    public string? Query { get; init; }

    /// <summary>Papers that were named.</summary>
    public string Papers { get; init; } = "";

    /// <summary>What is wrong with it.</summary>
    public IReadOnlyList<InputFault> Errors { get; init; } = [];
}

/// <summary>The front page: the latest day's papers and the sign-up form.</summary>
public sealed record FrontModel(LocalDate? Day, IReadOnlyList<ArchivePaper> Papers, int Total, SignUpModel SignUp);

/// <summary>A page that says one thing, with at most one way on.</summary>
public sealed record MessageModel(string Title, string Lead, string? LinkPath = null, string? LinkText = null);

/// <summary>The page of somebody who has left.</summary>
/// <param name="Path">Where its buttons go.</param>
/// <param name="MayUndo">One button brings them back.</param>
/// <param name="HasData">Something is still held on them, and the link that opened the page may ask for it.</param>
/// <param name="Notice">What was just done, in the reader's language.</param>
public sealed record LeftModel(string Path, bool MayUndo, bool HasData, string? Notice = null)
{
    /// <summary>Why no mail may go to them, as the suppressions name it, so that signing up again leads nowhere; null where it may.</summary>
    public string? Bar { get; init; }

    /// <summary>The reason as it was typed, where it is asked again.</summary>
    public string? Reason { get; init; }

    /// <summary>What is wrong with it.</summary>
    public string? Fault { get; init; }
}

/// <summary>A page with one button, which does what its title says.</summary>
public sealed record ButtonModel(string Title, string Lead, string Action, string Button);

/// <summary>A message in every language.</summary>
public sealed class MessageText
{
    internal MessageText(Func<SiteWords, ReaderWords, MessageModel> of) => In = of;

    internal Func<SiteWords, ReaderWords, MessageModel> In { get; }
}

/// <summary>A question in every language.</summary>
public sealed class ButtonText
{
    internal ButtonText(Func<ReaderWords, ButtonModel> of) => In = of;

    internal Func<ReaderWords, ButtonModel> In { get; }
}
