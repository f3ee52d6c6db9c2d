using System.Text;
using DigestService.Papers;
using DigestService.Platform;
using DigestService.Sources;
using NodaTime;
using NodaTime.Text;

namespace DigestService.Tests.Sources;

/// <summary>An empty catalogue, a folder for files, and the import between them.</summary>
internal sealed class CatalogueTestBed
{
    private readonly TestApp _app;
    private readonly string _folder = TestDirectory.Create("papers");

    private CatalogueTestBed(TestApp app) => _app = app;

    public TestApp App => _app;

    public LocalDate Today => _app.Clock.GetCurrentInstant().InUtc().Date;

    public static async Task<CatalogueTestBed> StartAsync(AppFixture fixture, string now = "2026-11-21T08:00:00Z", params IEnumerable<(string, string)> settings)
    {
        var bed = new CatalogueTestBed(await fixture.CreateAsync(settings));
        bed.TravelTo(now);
        return bed;
    }

    public static LocalDate Day(string text) => LocalDatePattern.Iso.Parse(text).GetValueOrThrow();

    public void TravelTo(string now) => _app.Clock.Now = InstantPattern.ExtendedIso.Parse(now).GetValueOrThrow();

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] octets)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, octets);
        return path;
    }

    public Task<ImportResult> ImportAsync(string path, string format = "auto", LocalDate? listedOn = null) => ImportAllAsync([path], format, listedOn);

    public Task<ImportResult> ImportAllAsync(string[] paths, string format = "auto", LocalDate? listedOn = null)
    {
        var named = PaperFormat.All.FirstOrDefault(known => known.Name == format);
        var inputs = ImportInput.FromPaths(paths, named, listedOn, _app.Clock.GetCurrentInstant());
        return _app.Service<PaperImport>().StoreAsync(inputs, progress: null, CancellationToken.None);
    }

    /// <summary>Imports JSON lines written in the test.</summary>
    public Task<ImportResult> ImportLinesAsync(params string[] lines) => ImportAsync(Write("lines.jsonl", string.Join('\n', lines)), "jsonl");

    public IPaperSource Source(string name) => _app.Service<IEnumerable<IPaperSource>>().Single(known => known.Name == name);

    /// <summary>Asks a source for some days, first and last, or for those that its hour asks for.</summary>
    public async Task<FetchResult> FetchAsync(string source, string? from = null, string? to = null)
    {
        var fetch = _app.Service<SourceFetch>();
        var days = from is null || to is null
            ? await fetch.UsualDaysAsync(Source(source), CancellationToken.None)
            : [.. new DayRange(Day(from), Day(to)).Days];
        return await fetch.RunAsync(Source(source), days, CancellationToken.None);
    }

    public async Task<IReadOnlyList<CatalogueEntry>> ListAsync() =>
        (await _app.Service<Catalogue>().ListAsync(new CatalogueFilter(null, null, null, 1_000), CancellationToken.None)).Papers;

    public Task<T?> OneAsync<T>(string sql, object? parameters = null) =>
        _app.Database.QuerySingleOrDefaultAsync<T>(sql, parameters, CancellationToken.None);
}
