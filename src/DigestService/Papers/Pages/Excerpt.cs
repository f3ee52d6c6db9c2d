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
            // Scripts without blanks have signs of their own.
            if (text[i - 1] is '。' or '！' or '？' || (text[i] is ' ' && text[i - 1] is '.' or '!' or '?' && i + 1 < text.Length && !char.IsLower(text[i + 1])))
                end = i;
        }

        if (end >= Enough)
            return text[..end];
        // A blank far from the end is no end of a word in a text that has few.
        var space = text.LastIndexOf(' ', most, most / 3);
        var cut = space > 0 ? space : char.IsLowSurrogate(text[most]) ? most - 1 : most;
        return text[..cut].TrimEnd(',', ';', ':', ' ', '，', '；', '：', '、') + "…";
    }
}
