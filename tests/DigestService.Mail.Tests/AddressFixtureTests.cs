using DigestService.Tests.Shared;

namespace DigestService.Mail.Tests;

/// <summary>Addresses that others collected: what they call invalid is refused, what they call valid is taken or has a reason.</summary>
public sealed class AddressFixtureTests
{
    private const string Folder = "data/flanker-fixtures/tests/fixtures";

    [Fact]
    public void Everything_the_collection_calls_invalid_is_refused()
    {
        var taken = Lines("mailbox_invalid.txt").Where(line => EmailAddress.TryParse(line, out _));

        taken.ShouldBeEmpty();
    }

    [Fact]
    public void What_the_collection_calls_valid_is_refused_for_one_of_our_reasons_only()
    {
        var lines = Lines("mailbox_valid.txt").ToList();

        var unexplained = lines.Where(line => !EmailAddress.TryParse(line, out _) && Reason(line) is null);
        var excused = lines.Where(line => EmailAddress.TryParse(line, out _) && Reason(line) is not null);

        unexplained.ShouldBeEmpty();
        excused.ShouldBeEmpty();
        lines.Count(line => EmailAddress.TryParse(line, out _)).ShouldBeGreaterThan(60);
    }

    // Legal by the letter; from a sign-up form or a CSV file, all of them are mistakes.
    private static string? Reason(string line)
    {
        var domain = line[(line.LastIndexOf('@') + 1)..];
        return line switch
        {
            _ when line.Contains('"', StringComparison.Ordinal) => "quoted local part",
            _ when line.Contains('<', StringComparison.Ordinal) => "a display name is not part of the address",
            _ when line.Contains('(', StringComparison.Ordinal) => "comment",
            _ when !domain.Contains('.', StringComparison.Ordinal) => "a domain of one label exists only inside a network",
            _ when domain.Split('.')[^1].All(char.IsAsciiDigit) => "an IP address, or what looks like one",
            _ => null,
        };
    }

    private static IEnumerable<string> Lines(string file) =>
        File.ReadLines(Path.Combine(SharedData.Require(Folder), file))
            .Where(line => line.Trim().Length > 0 && line[0] is not '#' and not ' ')
            .Select(line => line.Split("   #")[0].Trim());
}
