using DigestService.Platform.Layout.Words;
using Microsoft.AspNetCore.Components;

namespace DigestService.Platform.Layout;

/// <summary>A component that speaks the language of its page.</summary>
public abstract class SiteComponent : ComponentBase
{
    /// <summary>Tag of the page's language.</summary>
    [CascadingParameter(Name = "Language")]
    public string Language { get; set; } = "en";

    /// <summary>The words of the frame and the public pages.</summary>
    internal SiteWords Words => SiteWords.Of(Language);
}
