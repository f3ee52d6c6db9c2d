namespace DigestService.Platform.Layout;

/// <summary>Texts that were typed into forms.</summary>
internal static class TypedText
{
    /// <summary>How long a text is for the browser that bounds it: a line's end counts once there and is sent as two characters.</summary>
    public static int LengthOf(string text) => text.Length - text.Count(letter => letter == '\r');
}
