namespace DigestService.Platform.Layout;

/// <summary>Texts that were typed into forms.</summary>
internal static class TypedText
{
    /// <summary>How long a text is for the browser that bounds it: a line's end counts once there and is sent as two characters.</summary>
    public static int LengthOf(string text) => text.Length - text.Count(letter => letter == '\r');

    /// <summary>The beginning of a text that is told back to whoever typed it; no letter is cut in half.</summary>
    public static string Shortened(string text, int most) =>
        text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)] + "…";
}
