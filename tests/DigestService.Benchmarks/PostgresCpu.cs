using System.Globalization;
using DigestService.Platform;

namespace DigestService.Benchmarks;

/// <summary>The CPU time that a PostgreSQL on this machine has used, read from <c>/proc</c>.</summary>
internal sealed class PostgresCpu
{
    private const double TicksASecond = 100;
    private readonly int _postmaster;

    private PostgresCpu(int postmaster) => _postmaster = postmaster;

    /// <summary>The server behind a database.</summary>
    public static async Task<PostgresCpu> OfAsync(Database database)
    {
        var backend = await database.QuerySingleOrDefaultAsync<int>("select pg_backend_pid()", null, CancellationToken.None);
        return new PostgresCpu(int.Parse(Fields(backend)[1], CultureInfo.InvariantCulture));
    }

    /// <summary>What its processes have used so far, those that have ended included.</summary>
    public TimeSpan Total()
    {
        var ticks = 0L;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process))
                continue;
            var fields = Fields(process);
            if (process == _postmaster)
                ticks += Ticks(fields, 11, 4);
            else if (fields.Length > 0 && int.Parse(fields[1], CultureInfo.InvariantCulture) == _postmaster)
                ticks += Ticks(fields, 11, 2);
        }

        return TimeSpan.FromSeconds(ticks / TicksASecond);
    }

    private static long Ticks(string[] fields, int from, int count) =>
        fields.Skip(from).Take(count).Sum(field => long.Parse(field, CultureInfo.InvariantCulture));

    // Behind the name, which may hold spaces: state, parent, and from the twelfth on user, system, and the children's of both.
    private static string[] Fields(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }
}
