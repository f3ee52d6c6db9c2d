using System.CommandLine;
using System.CommandLine.Parsing;
using DigestService.Mail;

namespace DigestService.Subscribers;

/// <summary>Readers' addresses on the command line: what is none is wrong usage, told before anything is done.</summary>
internal static class VerbAddresses
{
    /// <summary>An argument that is the address of a reader.</summary>
    public static Argument<EmailAddress> One() => new("email")
    {
        Description = "The reader's address.",
        CustomParser = result => Read(result, result.Tokens[0]),
    };

    /// <summary>An argument that is one address or several.</summary>
    public static Argument<EmailAddress[]> Several(string description) => new("email")
    {
        Description = description,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => Read(result, token))],
    };

    private static EmailAddress Read(ArgumentResult result, Token token)
    {
        if (!EmailAddress.TryParse(token.Value, out var address))
            result.AddError($"'{token.Value}' is not a mail address.");
        return address;
    }
}
