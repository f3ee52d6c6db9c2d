using NodaTime;

namespace DigestService.Papers.Pages;

/// <summary>The archive by day; <paramref name="Earlier"/> is where the next page begins.</summary>
public sealed record PapersModel(IReadOnlyList<ArchiveDay> Days, LocalDate? Earlier, bool IsLatest);

/// <summary>One day.</summary>
public sealed record DayModel(
    LocalDate Day, IReadOnlyList<ArchivePaper> Papers, int Page, bool HasMore, LocalDate? Earlier, LocalDate? Later);

/// <summary>A category and a page of its papers.</summary>
public sealed record CategoryModel(string Category, IReadOnlyList<ArchivePaper> Papers, int Page, bool HasMore);

/// <summary>One paper, its topics, what is close to it in meaning, and its upvotes by day.</summary>
public sealed record PaperModel(
    ArchivePaper Paper, IReadOnlyList<PaperTopic> Topics, IReadOnlyList<SimilarPaper> Similar, IReadOnlyList<DayVotes> Votes);
