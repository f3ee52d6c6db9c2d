using DigestService.Mails;
using DigestService.Platform.Layout;

namespace DigestService.Admin;

/// <summary>What is wrong with a field, beside it on the operator's pages, and read with it by those who do not see it.</summary>
internal static class FaultyField
{
    /// <summary>The attributes of a field; none where nothing is wrong with it.</summary>
    public static Markup Attributes(InputFault? fault, string field) =>
        new(fault?.Field == field ? $" aria-invalid=\"true\" aria-describedby=\"fault-{field}\"" : "");

    /// <summary>The sentence, where it is about this field.</summary>
    public static void Write(HtmlWriter html, InputFault? fault, string field)
    {
        if (fault?.Field == field)
            html.Write($"""<span class="notice" role="alert" id="fault-{field}">{fault.Sentence}</span>""");
    }
}
