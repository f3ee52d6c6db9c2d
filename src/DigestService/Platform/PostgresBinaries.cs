using System.Globalization;
using System.Text.RegularExpressions;

namespace DigestService.Platform;

/// <summary>A folder with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c> of one major version.</summary>
internal sealed partial record PostgresBinaries(string Directory, int Major)
{
    /// <summary>The oldest server the service's SQL runs on.</summary>
    public const int OldestMajor = 15;

    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    /// <summary>The full path of one program.</summary>
    public string Program(string name) => Path.Combine(Directory, Executable(name));

    /// <summary>
    /// Every usable installation on this machine: first those the PATH leads to, links followed, then the places
    /// packages use, newest first.
    /// </summary>
    public static async Task<IReadOnlyList<PostgresBinaries>> FindAsync(CancellationToken ct)
    {
        var found = new List<PostgresBinaries>();
        foreach (var directory in OnPath().Concat(InKnownPlaces()).Distinct(StringComparer.Ordinal))
        {
            if (await TryReadAsync(directory, ct) is { Major: >= OldestMajor } binaries)
                found.Add(binaries);
        }

        return found;
    }

    /// <summary>Reads the version of the programs in a folder; null where one is missing or does not run.</summary>
    public static async Task<PostgresBinaries?> TryReadAsync(string directory, CancellationToken ct)
    {
        if (!Programs.All(program => File.Exists(Path.Combine(directory, Executable(program)))))
            return null;
        var said = await ChildProcess.RunAsync(
            Path.Combine(directory, Executable("initdb")), ["--version"], directory, account: null, ct);
        return said.Succeeded && Version().Match(said.Output) is { Success: true } match
            ? new PostgresBinaries(directory, int.Parse(match.Groups["major"].Value, CultureInfo.InvariantCulture))
            : null;
    }

    private static IEnumerable<string> OnPath() =>
        from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        from program in (string[])["initdb", "pg_ctl", "postgres", "psql"]
        let file = new FileInfo(Path.Combine(folder.Trim('"'), Executable(program)))
        where file.Exists
        select (file.ResolveLinkTarget(returnFinalTarget: true) ?? file) is FileInfo { DirectoryName: { } home } ? home : folder;

    private static IEnumerable<string> InKnownPlaces()
    {
        var programFiles = Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles);
        (string Parent, string Pattern, string Below)[] places = OperatingSystem.IsWindows()
            ? [(Path.Combine(programFiles, "PostgreSQL"), "*", "bin")]
            :
            [
                ("/usr/lib/postgresql", "*", "bin"),
                ("/usr", "pgsql-*", "bin"),
                ("/usr/local", "pgsql*", "bin"),
                ("/opt/homebrew/opt", "postgresql@*", "bin"),
                ("/usr/local/opt", "postgresql@*", "bin"),
                ("/home/linuxbrew/.linuxbrew/opt", "postgresql@*", "bin"),
                ("/Applications/Postgres.app/Contents/Versions", "*", "bin"),
            ];
        return places
            .Where(place => System.IO.Directory.Exists(place.Parent))
            .SelectMany(place => System.IO.Directory.EnumerateDirectories(place.Parent, place.Pattern)
                .Select(folder => (Bin: Path.Combine(folder, place.Below), Version: Number(Path.GetFileName(folder)))))
            .OrderByDescending(place => place.Version)
            .Select(place => place.Bin);
    }

    private static int Number(string folder) =>
        FirstNumber().Match(folder) is { Success: true } match
        && int.TryParse(match.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;

    private static string Executable(string name) => OperatingSystem.IsWindows() ? name + ".exe" : name;

    [GeneratedRegex(@"\(PostgreSQL\) (?<major>\d{1,4})")]
    private static partial Regex Version();

    [GeneratedRegex(@"\d+")]
    private static partial Regex FirstNumber();
}
