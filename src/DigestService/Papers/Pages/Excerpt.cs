namespace DigestService.Papers.Pages;

/// <summary>The first sentences of an abstract.</summary>
internal static class Excerpt
{
    private const int Enough = 140;

    /// <summary>Whole sentences up to some length; where even the first is longer, words and an ellipsis.</summary>
    public static string? Of(string? text, int most = 320)
    {
        if (text is null || text.Length <= most)
            return text;
        var end = -1;
        for (var i = 1; i < most; i++)
        {
            if (text[i] is ' ' && text[i - 1] is '.' or '!' or '?' && i + 1 < text.Length && !char.IsLower(text[i + 1]))
                end = i;
        }

        if (end >= Enough)
            return text[..end];
        var space = text.LastIndexOf(' ', most);
        return (space > 0 ? text[..space] : text[..most]).TrimEnd(',', ';', ':', ' ') + "…";
    }
}
