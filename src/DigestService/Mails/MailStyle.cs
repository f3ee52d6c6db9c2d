namespace DigestService.Mails;

/// <summary>
/// The look of every mail. What stands once in a mail is styled inline, because some clients drop style sheets. What a
/// style sheet alone can say, dark mode and the narrow screen, stands in <see cref="Sheet"/>; without it a mail is light
/// and fits all the same. What a digest repeats with each paper is said once, in <see cref="DigestSheet"/>; without it the
/// elements keep the look that every client gives them, and the cells their <see cref="CellPadding"/>.
/// </summary>
internal static class MailStyle
{
    private const string Sans = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
    private const string Serif = "font-family:Georgia,'Times New Roman',serif";

    /// <summary>Dark colours by class; margins of a phone.</summary>
    public static readonly Markup Sheet = new("""
        :root{color-scheme:light dark}
        @media (max-width:480px){.p{padding-left:18px!important;padding-right:18px!important}.o{padding-left:0!important;padding-right:0!important}}
        @media (prefers-color-scheme:dark){.g{background-color:#121417!important}.c{background-color:#1c1f24!important;border-color:#31363d!important}
        .t,.t a{color:#f0eee9!important}.b{color:#cfd2d6!important}.m,.m a{color:#a4abb3!important}.l a{color:#8fbcff!important}
        .w{background-color:#222b27!important;color:#b5d6c2!important}.r{border-color:#31363d!important}.k{color:#7fd1a6!important}
        .u{background-color:#2f7d57!important}}

        """);

    /// <summary>Headings, rows and links of papers; their dark colours; margins of a phone.</summary>
    public static readonly Markup DigestSheet = new($$$"""
        :root{color-scheme:light dark}
        td{word-break:break-word}
        p{margin:0 0 11px}
        .m p{margin:0 0 8px}
        h2{margin:0;font-size:13px;line-height:1.4;letter-spacing:.06em;text-transform:uppercase;color:#1d6b46}
        h3{margin:0 0 5px;{{{Serif}}};font-size:19px;line-height:1.32}
        h3 a{color:#16191d;text-decoration:none}
        .s{padding:22px 32px 2px;border-top:1px solid #e3dfd6}
        .e{padding:14px 32px 18px}
        .n{padding:18px 32px;border-top:1px solid #eceae4}
        .d,.w,.l{margin:0 0 9px;font-size:14px;line-height:1.45}
        .w{margin:0 0 10px;padding:7px 11px;background-color:#eef5f0;color:#24553c}
        .l{margin:0;line-height:1.9}
        a{color:#0a56a8}
        .d,.a,.a a,.m a{color:#5a626b}
        @media (max-width:480px){.p,.s,.e,.n{padding-left:18px!important;padding-right:18px!important}.o{padding-left:0!important;padding-right:0!important}}
        @media (prefers-color-scheme:dark){.g{background-color:#121417!important}.c{background-color:#1c1f24!important}.c,.r,.s,.n{border-color:#31363d!important}
        .t,h3 a{color:#f0eee9!important}.b{color:#cfd2d6!important}.d,.m,.m a,.a,.a a{color:#a4abb3!important}a{color:#8fbcff!important}
        .w{background-color:#222b27!important;color:#b5d6c2!important}.k,h2{color:#7fd1a6!important}}

        """);

    /// <summary>Padding of a digest's cells in clients that drop style sheets.</summary>
    public const int CellPadding = 16;

    public static readonly Markup Body = new("margin:0;padding:0;background-color:#f2f0eb");
    public static readonly Markup Preheader = new("display:none;max-height:0;overflow:hidden");
    public static readonly Markup Ground = new("background-color:#f2f0eb");
    public static readonly Markup Outer = new("padding:24px 12px");
    public static readonly Markup Card = new($"width:100%;max-width:640px;background-color:#ffffff;border:1px solid #e3dfd6;{Sans};font-size:16px;line-height:1.55;color:#24292f;text-align:left");
    public static readonly Markup Head = new("padding:28px 32px 20px");
    public static readonly Markup BriefHead = new("padding:28px 32px 8px;word-break:break-word");
    public static readonly Markup Brand = new("margin:0 0 14px;font-size:13px;letter-spacing:.04em;font-weight:bold;color:#1d6b46");
    public static readonly Markup H1 = new($"margin:0 0 10px;{Serif};font-size:26px;line-height:1.25;font-weight:bold;color:#16191d");
    public static readonly Markup Lead = new("margin:0;color:#4b535c");
    public static readonly Markup Note = new("margin:14px 0 0;color:#24292f");
    public static readonly Markup Link = new("color:#0a56a8;text-decoration:underline");
    public static readonly Markup ButtonCell = new("background-color:#1d6b46;border-radius:6px");
    public static readonly Markup ButtonLink = new("display:inline-block;padding:12px 22px;font-weight:bold;color:#ffffff;text-decoration:none");
    public static readonly Markup Block = new("padding:0 32px 20px;word-break:break-word");
    public static readonly Markup Paragraph = new("margin:0");
    public static readonly Markup Small = new("margin:0;font-size:14px;color:#5a626b");
    public static readonly Markup DigestFoot = new("padding:20px 32px 26px;border-top:1px solid #e3dfd6;font-size:13px;line-height:1.6;color:#5a626b");
    public static readonly Markup Foot = new("padding:20px 32px 26px;border-top:1px solid #e3dfd6;font-size:13px;line-height:1.6;color:#5a626b;word-break:break-word");
    public static readonly Markup FootLine = new("margin:0 0 8px");
    public static readonly Markup FootLink = new("color:#5a626b;text-decoration:underline");
}
