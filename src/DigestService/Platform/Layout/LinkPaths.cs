namespace DigestService.Platform.Layout;

/// <summary>Where the pages behind readers' own links are, and the links as they come.</summary>
internal static class LinkPaths
{
    /// <summary>What the paths of such pages begin with.</summary>
    public static readonly IReadOnlyList<string> All =
        ["/preferences/", "/unsubscribe/", "/confirm/", "/digests/", "/feedback/", "/f/", "/saved/", "/address/"];

    /// <summary>
    /// The path without what mail programs and people leave behind a link: a full stop, a comma, a bracket, a quotation mark, a space. No such path
    /// ends with anything but letters, digits, hyphens and underscores of ASCII. Other paths stay as they are.
    /// </summary>
    public static PathString Trimmed(PathString path)
    {
        if (path.Value is not { } written || !All.Any(page => written.StartsWith(page, StringComparison.OrdinalIgnoreCase)))
            return path;
        var length = written.Length;
        while (!char.IsAsciiLetterOrDigit(written[length - 1]) && written[length - 1] is not ('-' or '_'))
            length--;
        return length == written.Length ? path : new PathString(written[..length]);
    }
}
