using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace DigestService.Platform;

/// <summary>What is wrong with a command line, in sentences that say what can be written in its place.</summary>
internal static class VerbUsage
{
    /// <summary>What the words so far name, such as <c>digest subscribers list</c>.</summary>
    public static string PathOf(ParseResult parse)
    {
        var names = new List<string>();
        for (var at = parse.CommandResult; at.Parent is CommandResult above; at = above)
            names.Insert(0, at.Command.Name);
        return string.Join(' ', ["digest", .. names]);
    }

    /// <summary>
    /// Looks at the options of a command together, once each has the values that it takes: to ask the framework for one that is
    /// missing or stands twice would throw.
    /// </summary>
    public static void Checks(this Command command, Action<CommandResult> look) => command.Validators.Add(result =>
    {
        if (result.Children.OfType<OptionResult>().All(HasItsValues))
            look(result);
    });

    /// <summary>The sentences; empty where nothing is wrong.</summary>
    public static IReadOnlyList<string> Faults(ParseResult parse)
    {
        // The runtime has put this sign in the place of each octet that it could not read.
        if (parse.Tokens.FirstOrDefault(token => token.Value.Contains('\uFFFD', StringComparison.Ordinal)) is { } garbled)
            return [$"'{garbled.Value}' is not UTF-8: write it in that encoding."];
        if (parse.Errors.Count == 0)
            return [];
        var command = parse.CommandResult.Command;
        var path = PathOf(parse);
        // A verb that only holds others: nothing behind the first wrong word means anything.
        if (command.Subcommands.Count > 0)
        {
            var known = string.Join(", ", command.Subcommands.Where(each => !each.Hidden).Select(each => each.Name));
            return [parse.UnmatchedTokens is [var first, ..] ? $"'{first}' cannot follow '{path}': write one of {known}." : $"'{path}' says too little: write one of {known} behind it."];
        }

        var strangers = parse.UnmatchedTokens.Distinct(StringComparer.Ordinal).ToDictionary(token => $"Unrecognized command or argument '{token}'.", token => Stranger(token, path, parse), StringComparer.Ordinal);
        return [.. parse.Errors.Select(error => strangers.GetValueOrDefault(error.Message) ?? Lacking(error, path, parse) ?? Repeated(error) ?? InOneLine(error.Message)).Distinct(StringComparer.Ordinal)];
    }

    // One sentence for all arguments that are not there.
    private static string? Lacking(ParseError error, string path, ParseResult parse)
    {
        if (!IsOfLacking(error))
            return null;
        if (error.SymbolResult is OptionResult option)
            return $"{option.Option.Name} says too little: write a value behind it.";
        var lacking = parse.Errors.Where(IsOfLacking).Select(each => each.SymbolResult).OfType<ArgumentResult>().Select(each => each.Argument.Name.ToUpperInvariant());
        return $"'{path}' says too little: write {string.Join(' ', lacking)} behind it.";
    }

    private static string? Repeated(ParseError error) => error.SymbolResult is OptionResult option && option.Tokens.Count > option.Option.Arity.MaximumNumberOfValues
        ? $"{option.Option.Name} is there more than once: write it once."
        : null;

    private static bool HasItsValues(OptionResult option) =>
        option.Implicit || option.Tokens.Count >= option.Option.Arity.MinimumNumberOfValues && option.Tokens.Count <= option.Option.Arity.MaximumNumberOfValues;

    private static bool IsOfLacking(ParseError error) => error.Message.StartsWith("Required argument", StringComparison.Ordinal);

    private static string Stranger(string token, string path, ParseResult parse) => token.StartsWith('-')
        ? $"'{path}' has no option {token}; it takes {string.Join(", ", OptionsOf(parse))}."
        : $"'{path}' does not take '{token}'; '{path} --help' says what it takes.";

    private static IEnumerable<string> OptionsOf(ParseResult parse)
    {
        var own = parse.CommandResult.Command.Options;
        var shared = parse.RootCommandResult.Command.Options.Where(option => option.Recursive);
        return own.Concat(shared).Where(option => !option.Hidden && option is not HelpOption).Select(option => option.Name).Distinct(StringComparer.Ordinal);
    }

    private static string InOneLine(string message)
    {
        var lines = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 1 ? lines[0] : $"{lines[0]} {string.Join(", ", lines[1..])}.";
    }
}
