using System.Text;
using System.Text.RegularExpressions;
using DigestService.Platform;
using DigestService.Tests.Shared;

namespace DigestService.Tests.Deploy;

/// <summary>What deploy/systemd installs: the command that runs verbs as the service does, and the unit beside it.</summary>
public sealed partial class SystemdTests
{
    private readonly string _folder = TestDirectory.Create("systemd");

    [Fact]
    public async Task A_settings_file_is_read_as_systemd_reads_it()
    {
        var told = await RunAsync(
            """
            # A comment, and one that goes on \
            Commented=1
            ; Another=1
            Site__PostalAddress=1 Main Street, "Old" Town  
             Site__Name =  Papers at Seven	
            Single='it is $HOME \n'
            Double="a \$HOME \x \"b\" "
            Joined="a b" 'c d'e
            Broken=one \
            two
            Escaped=a\ b\\c
            Hash=a # b
            Empty=
            Letters=Zürich ü
            Carriage=return
            """.Replace("Carriage=return", "Carriage=return\r", StringComparison.Ordinal)
            + "\nnothing here\nBad-Name=1\n=1\nTwice=1\nTwice=2\nLast=without an end");

        told.ShouldContain("Site__PostalAddress=1 Main Street, \"Old\" Town");
        told.ShouldContain("Site__Name=Papers at Seven");
        told.ShouldContain(@"Single=it is $HOME \n");
        told.ShouldContain("""Double=a $HOME \x "b" """);
        told.ShouldContain("Joined=a bc de");
        told.ShouldContain("Broken=one two");
        told.ShouldContain(@"Escaped=a b\c");
        told.ShouldContain("Hash=a # b");
        told.ShouldContain("Empty=");
        told.ShouldContain("Letters=Zürich ü");
        told.ShouldContain("Carriage=return");
        told.ShouldContain("Twice=2");
        told.ShouldContain("Last=without an end");
        told.ShouldNotContain(line => line.StartsWith("Commented", StringComparison.Ordinal) || line.StartsWith("Another", StringComparison.Ordinal) || line.StartsWith("Bad", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_verb_runs_under_the_account_with_the_settings_of_the_unit_and_its_own_arguments()
    {
        var told = await RunAsync("Smtp__Host=relay.test\n", arguments: ["papers", "import", "my papers.jsonl", ""]);

        told.ShouldContain($"account {Account}");
        told.ShouldContain("arguments [papers][import][my papers.jsonl][]");
        told.ShouldContain("Smtp__Host=relay.test");
        UnitEnvironment().Matches(Repository.Read("deploy", "systemd", "digest.service")).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal)
            .ShouldBe(["ConnectionStrings__Digest_FILE=/etc/digest/connection", "Data__Directory=/var/lib/digest"]);
        told.ShouldContain("ConnectionStrings__Digest_FILE=/etc/digest/connection");
        told.ShouldContain("Data__Directory=/var/lib/digest");
    }

    [Theory]
    [InlineData("ConnectionStrings__Digest")]
    [InlineData("connectionstrings__digest_file")]
    public async Task What_is_set_in_the_environment_stands_above_the_file(string key)
    {
        var told = await RunAsync("ConnectionStrings__Digest_FILE=/etc/other\n", environment: $"{key}=mine");

        told.Where(line => line.StartsWith("ConnectionStrings", StringComparison.OrdinalIgnoreCase)).ShouldBe([$"{key}=mine"]);
    }

    [Fact]
    public async Task Without_a_settings_file_it_says_where_it_belongs() =>
        (await RunAsync(null)).ShouldHaveSingleItem().ShouldEndWith("settings.env cannot be read; INSTALL.md says what belongs there.");

    [Fact]
    public void A_wrong_setting_does_not_make_systemd_try_again() =>
        Repository.Read("deploy", "systemd", "digest.service").ShouldContain($"\nRestartPreventExitStatus={Verb.WrongSettings}\n");

    private static string Account => IsRoot ? "nobody" : Environment.UserName;

    private static bool IsRoot => Environment.IsPrivilegedProcess;

    /// <summary>The script as it is but for the places of a machine, before a program that says what it was given.</summary>
    private async Task<string[]> RunAsync(string? settings, string? environment = null, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux())
            throw Skip.Because("needs Linux");
        var (program, file, script) = (Path.Combine(_folder, "program"), Path.Combine(_folder, "settings.env"), Path.Combine(_folder, "digest"));
        await File.WriteAllTextAsync(program, "#!/bin/bash\necho \"account $(id -un)\"\nprintf 'arguments '; printf '[%s]' \"$@\"; echo\nenv -0 | tr '\\n\\0' ' \\n'\n");
        if (settings is not null)
            await File.WriteAllTextAsync(file, settings);
        await File.WriteAllTextAsync(script, Repository.Read("deploy", "systemd", "digest")
            .Replace("account=digest", $"account={Account}", StringComparison.Ordinal)
            .Replace("/opt/digest/bin/digest", program, StringComparison.Ordinal)
            .Replace("/etc/digest/settings.env", file, StringComparison.Ordinal));
        await Peer.RunAsync("chmod", ["-R", "a+rX,a+x", _folder], ReadOnlyMemory<byte>.Empty);
        await Peer.RunAsync("chmod", ["a+rx", Path.GetDirectoryName(_folder)!], ReadOnlyMemory<byte>.Empty); // A folder of the run's.
        var (_, output) = await Peer.RunAsync("env", [.. environment is null ? Array.Empty<string>() : [environment], "bash", script, .. arguments], Encoding.UTF8.GetBytes(""));
        return output.TrimEnd('\n').Split('\n');
    }

    [GeneratedRegex("^Environment=(.*)$", RegexOptions.Multiline)]
    private static partial Regex UnitEnvironment();
}
