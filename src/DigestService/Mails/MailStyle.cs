namespace DigestService.Mails;

/// <summary>
/// The look of every mail, in the colours and typefaces of the site's sheet. What stands once in a mail is styled inline, because some clients drop style sheets. What a
/// style sheet alone can say, dark mode and the narrow screen, stands in <see cref="Sheet"/>; without it a mail is light
/// and fits all the same. What a digest repeats with each paper is said once, in <see cref="DigestSheet"/>; without it the
/// elements keep the look that every client gives them, and the cells their <see cref="CellPadding"/>.
/// </summary>
internal static class MailStyle
{
    private const string Sans = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
    private const string Serif = "font-family:'Iowan Old Style',Palatino,'Book Antiqua',Georgia,serif";

    /// <summary>Dark colours by class; margins of a phone.</summary>
    public static readonly Markup Sheet = new("""
        :root{color-scheme:light dark}
        @media (max-width:480px){.p{padding-left:18px!important;padding-right:18px!important}.o{padding-left:0!important;padding-right:0!important}}
        @media (prefers-color-scheme:dark){.g{background-color:#161513!important}.c{background-color:#1e1d1a!important;border-color:#3a3731!important}
        .t,.t a{color:#ece8df!important}.b{color:#ece8df!important}.m,.m a{color:#b0a99c!important}.l a{color:#f0a48d!important}
        .w{background-color:#24221e!important;color:#b0a99c!important}.r{border-color:#3a3731!important}.k{color:#f0a48d!important}
        .u{background-color:#a63c25!important}}

        """);

    /// <summary>Headings, rows and links of papers; their dark colours; margins of a phone.</summary>
    public static readonly Markup DigestSheet = new($$$"""
        :root{color-scheme:light dark}
        p{margin:0 0 11px}
        .m p{margin:0 0 8px}
        h2{margin:0;font-size:13px;line-height:1.4;letter-spacing:.06em;text-transform:uppercase;color:#8c2f1b}
        h3{margin:0 0 5px;{{{Serif}}};font-size:19px;line-height:1.32}
        h3 a{color:#1e1c19;text-decoration:none}
        .s{padding:22px 32px 2px;border-top:1px solid #ddd8cd}
        .e{padding:14px 32px 18px}
        .n{padding:18px 32px;border-top:1px solid #ddd8cd}
        .d,.w,.l{margin:0 0 9px;font-size:14px;line-height:1.45}
        .w{margin:0 0 10px;padding:7px 11px;background-color:#f3efe6;color:#5b564e}
        .l{margin:0;line-height:1.9}
        a{color:#8c2f1b}
        .d,.a,.a a,.m a{color:#5b564e}
        @media (max-width:480px){.p,.s,.e,.n{padding-left:18px!important;padding-right:18px!important}.o{padding-left:0!important;padding-right:0!important}}
        @media (prefers-color-scheme:dark){.g{background-color:#161513!important}.c{background-color:#1e1d1a!important}.c,.r,.s,.n{border-color:#3a3731!important}
        .t,h3 a{color:#ece8df!important}.b{color:#ece8df!important}.d,.m,.m a,.a,.a a{color:#b0a99c!important}a{color:#f0a48d!important}
        .w{background-color:#24221e!important;color:#b0a99c!important}.k,h2{color:#f0a48d!important}}

        """);

    /// <summary>Padding of a digest's cells in clients that drop style sheets.</summary>
    public const int CellPadding = 16;

    public static readonly Markup Body = new("margin:0;padding:0;background-color:#fbfaf6");
    public static readonly Markup Preheader = new("display:none;max-height:0;overflow:hidden");
    public static readonly Markup Ground = new("background-color:#fbfaf6");
    public static readonly Markup Outer = new("padding:24px 12px");
    public static readonly Markup Card = new($"width:100%;max-width:640px;background-color:#ffffff;border:1px solid #ddd8cd;{Sans};font-size:16px;line-height:1.55;color:#1e1c19;text-align:left;word-break:break-word");
    public static readonly Markup Head = new("padding:28px 32px 20px");
    public static readonly Markup BriefHead = new("padding:28px 32px 8px");
    public static readonly Markup Brand = new("margin:0 0 14px;font-size:13px;letter-spacing:.04em;font-weight:bold;color:#8c2f1b");
    public static readonly Markup H1 = new($"margin:0 0 10px;{Serif};font-size:26px;line-height:1.25;font-weight:bold;color:#1e1c19");
    public static readonly Markup Lead = new("margin:0;color:#5b564e");
    public static readonly Markup Note = new("margin:14px 0 0;color:#1e1c19");
    public static readonly Markup Link = new("color:#8c2f1b;text-decoration:underline");
    public static readonly Markup ButtonCell = new("background-color:#8c2f1b;border-radius:6px");
    public static readonly Markup ButtonLink = new("display:inline-block;padding:12px 22px;font-weight:bold;color:#ffffff;text-decoration:none");
    public static readonly Markup Block = new("padding:0 32px 20px");
    public static readonly Markup Paragraph = new("margin:0");
    public static readonly Markup Small = new("margin:0;font-size:14px;color:#5b564e");
    public static readonly Markup DigestFoot = new("padding:20px 32px 26px;border-top:1px solid #ddd8cd;font-size:13px;line-height:1.6;color:#5b564e");
    public static readonly Markup Foot = new("padding:20px 32px 26px;border-top:1px solid #ddd8cd;font-size:13px;line-height:1.6;color:#5b564e");
    public static readonly Markup FootLine = new("margin:0 0 8px");
    public static readonly Markup FootLink = new("color:#5b564e;text-decoration:underline");
}
