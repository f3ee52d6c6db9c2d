using System.Text.RegularExpressions;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Hosting;

/// <summary>Holds the direction in which features may know each other, as docs/architecture.md draws it.</summary>
public sealed partial class DependencyTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Platform"] = [],
        ["Relevance"] = ["Platform"],
        ["Suppressions"] = ["Mail", "Platform"],
        ["Papers"] = ["Platform"],
        ["Topics"] = ["Relevance", "Papers", "Platform"],
        ["Sources"] = ["Papers", "Topics", "Mail", "Platform"],
        ["Delivery"] = ["Suppressions", "Mail", "Platform"],
        ["Mails"] = ["Papers", "Relevance", "Mail", "Platform"],
        ["Subscribers"] = ["Topics", "Papers", "Mails", "Delivery", "Suppressions", "Mail", "Platform"],
        ["Digests"] = ["Papers", "Topics", "Relevance", "Subscribers", "Mails", "Delivery", "Suppressions", "Mail", "Platform"],
        ["Inbound"] = ["Topics", "Subscribers", "Suppressions", "Delivery", "Mails", "Digests", "Mail", "Platform"],
    };

    /// <summary>What puts the service together, or shows all of it.</summary>
    private static readonly string[] KnowAll = ["Hosting", "Demo", "Admin"];

    /// <summary>What runs the other way today. Nothing may be added; who mends one takes it out.</summary>
    private static readonly string[] Exceptions =
    [
        "Digests → Sources", // A digest waits for the sources that are late.
        "Mails → Delivery", // The addresses that mails come from and return to are settings of the sender.
        "Subscribers → Digests", // The calendar of digests and the rule for empty days are read by the preferences, and the export tells why digests are as they are.
    ];

    [Fact]
    public void Features_know_only_those_below_them()
    {
        var real = References().Where(reference => !KnowAll.Contains(reference.From)
            && !Allowed.GetValueOrDefault(reference.From, []).Contains(reference.To, StringComparer.Ordinal)).ToList();

        real.Where(reference => !Exceptions.Contains(Arrow(reference))).Select(reference => $"{Arrow(reference)} in {reference.File}").ShouldBeEmpty();
        string.Join('\n', real.Select(Arrow).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)).ShouldBe(string.Join('\n', Exceptions), "an exception is none any more");
    }

    [Fact]
    public void Every_feature_has_its_place()
    {
        var folders = Directory.GetDirectories(Source()).Select(folder => Path.GetFileName(folder)!)
            .Where(folder => Directory.EnumerateFiles(Path.Combine(Source(), folder), "*.cs", SearchOption.AllDirectories).Any() && folder is not ("bin" or "obj"));

        folders.Where(folder => !Allowed.ContainsKey(folder) && !KnowAll.Contains(folder)).ShouldBeEmpty();
    }

    private static string Arrow((string From, string To, string File) reference) => $"{reference.From} → {reference.To}";

    /// <summary>Which feature's files name which other feature; comments count, for they are how a detour begins.</summary>
    private static IEnumerable<(string From, string To, string File)> References() =>
        from feature in Directory.GetDirectories(Source())
        let name = Path.GetFileName(feature)
        where name is not ("bin" or "obj")
        from file in Directory.EnumerateFiles(feature, "*", SearchOption.AllDirectories)
        where Path.GetExtension(file) is ".cs" or ".razor"
        from to in Namespace().Matches(File.ReadAllText(file)).Select(match => match.Groups["feature"].Value).Distinct(StringComparer.Ordinal)
        where to != name
        select (name, to, Path.GetFileName(file));

    private static string Source() => Path.Combine(Repository.Root, "src", "DigestService");

    [GeneratedRegex(@"\bDigestService\.(?<feature>[A-Z]\w+)")]
    private static partial Regex Namespace();
}
