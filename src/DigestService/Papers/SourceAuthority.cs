namespace DigestService.Papers;

/// <summary>
/// Whose title, abstract and authors stand when sources differ: the operator's corrections before all, the archive that published the paper before a site that
/// copies it, a copy with authors before a bare list.
/// </summary>
internal static class SourceAuthority
{
    /// <summary>The operator, by hand.</summary>
    public const string Operator = "operator";

    /// <summary>arXiv: Atom API, RSS and OAI-PMH.</summary>
    public const string Arxiv = "arxiv";

    /// <summary>Hugging Face daily papers.</summary>
    public const string HuggingFace = "huggingface";

    /// <summary>JSON lines handed to <c>papers import</c>.</summary>
    public const string JsonLines = "jsonl";

    /// <summary>The text of a listing page.</summary>
    public const string ListingPage = "listing";

    /// <summary>The rank of a source; configured feeds, whose names are the operator's, stand between archive and copies.</summary>
    public static int Of(string? source) => source switch
    {
        Operator => 60,
        Arxiv => 50,
        HuggingFace => 30,
        JsonLines => 20,
        ListingPage => 10,
        null => 0,
        _ => 40,
    };
}
