using DigestService.Platform.Layout;
using DigestService.Subscribers.Pages.Words;

namespace DigestService.Subscribers.Pages;

/// <summary>A component of the pages that are a reader's own.</summary>
public abstract class ReaderComponent : SiteComponent
{
    /// <summary>The words of those pages.</summary>
    internal ReaderWords Say => ReaderWords.Of(Language);
}
