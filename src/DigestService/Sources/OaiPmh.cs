using DigestService.Papers;

namespace DigestService.Sources;

/// <summary>
/// OAI-PMH <c>ListRecords</c> in arXiv's formats <c>arXiv</c> and <c>arXivRaw</c> and in <c>oai_dc</c>, also single
/// <c>record</c> elements. A deleted record marks its paper withdrawn. An answer that is one page of many names the next
/// in <see cref="SourceDocument.NextToken"/>.
/// </summary>
internal static class OaiPmh
{
    /// <summary>The answer's papers.</summary>
    /// <exception cref="UnreadableDocumentException">The answer is an error, or not whole.</exception>
    public static IEnumerable<PaperDraft> Read(Stream stream, SourceDocument document)
    {
        var xml = new XmlRecords(stream, document);
        var isEmpty = true;
        foreach (var element in xml.Read(name => name is "record" or "error" or "resumptionToken", ["OAI-PMH", "ListRecords", "GetRecord"]))
        {
            if (element.Name == "resumptionToken")
            {
                document.NextToken = element.Text.Trim() is { Length: > 0 } token ? token : null;
                continue;
            }

            if (element.Name == "error")
            {
                // Nothing changed on the days asked for: an empty answer and no fault.
                if (element.Attribute("code") == "noRecordsMatch")
                    continue;
                throw new UnreadableDocumentException(element.Line, $"The archive answers {element.Attribute("code")}: {PeopleText.Clean(element.Text)}");
            }

            isEmpty = false;
            if (ReadRecord(element, document, out var reason) is { } draft)
                yield return draft;
            else
                document.Reject(element.Line, reason);
        }

        if (isEmpty)
            document.Total = 0;
    }

    private static PaperDraft? ReadRecord(XmlRecord record, SourceDocument document, out string reason)
    {
        var header = record.Child("header");
        if (header?.Attribute("status") == "deleted")
            return ReadDeletion(header, document, out reason);
        var metadata = record.Child("metadata")?.Children.FirstOrDefault();
        var raw = metadata?.Name switch
        {
            "arXiv" => ReadArxiv(metadata),
            "arXivRaw" => ReadArxivRaw(metadata),
            "dc" => ReadDublinCore(metadata),
            _ => null,
        };
        if (raw is null)
        {
            reason = metadata is null ? "The record has no metadata." : $"The metadata format {metadata.Name} is not known.";
            return null;
        }

        raw.Line = record.Line;
        raw.TellsWithdrawal = true;
        raw.Arxiv ??= header?.TextOf("identifier");
        raw.ListedOn = document.Said(raw.PublishedAt) is { } published ? ArxivCalendar.ListedOn(published) : null;
        return raw.TryBuild(SourceAuthority.Arxiv, document, out reason);
    }

    private static PaperDraft? ReadDeletion(XmlRecord header, SourceDocument document, out string reason)
    {
        if (!ArxivId.TryParse(header.TextOf("identifier"), out var id))
        {
            reason = "The deleted record names no arXiv paper.";
            return null;
        }

        reason = "";
        return new PaperDraft
        {
            Origin = new DraftOrigin(document.Name, header.Line),
            Source = SourceAuthority.Arxiv,
            Title = id.Value,
            ArxivId = id,
            WithdrawnAt = Moments.TryParse(header.TextOf("datestamp")) ?? document.ObservedAt(null),
            ListedOn = document.DayOf(null),
            ObservedAt = document.ObservedAt(null),
            IsDeletion = true,
        };
    }

    private static RawPaper ReadArxiv(XmlRecord metadata)
    {
        var raw = Common(metadata);
        raw.PublishedAt = raw.DateOf(metadata.TextOf("created"));
        raw.UpdatedAt = Moments.TryParse(metadata.TextOf("updated")) ?? raw.PublishedAt;
        foreach (var author in metadata.Child("authors")?.All("author") ?? [])
        {
            var name = string.Join(' ', new[] { author.TextOf("forenames"), author.TextOf("keyname"), author.TextOf("suffix") }.OfType<string>());
            raw.Authors.Add(name);
        }

        return raw;
    }

    private static RawPaper ReadArxivRaw(XmlRecord metadata)
    {
        var raw = Common(metadata);
        raw.Authors.AddRange(AuthorList.Split(metadata.TextOf("authors"), isGivenFirst: true));
        var versions = metadata.All("version").Select(version => raw.DateOf(version.TextOf("date"))).OfType<NodaTime.Instant>().ToList();
        if (versions.Count > 0)
            (raw.PublishedAt, raw.UpdatedAt) = (versions[0], versions[^1]);
        return raw;
    }

    private static RawPaper Common(XmlRecord metadata)
    {
        var raw = new RawPaper
        {
            Arxiv = metadata.TextOf("id"),
            Title = metadata.TextOf("title"),
            Abstract = metadata.TextOf("abstract"),
            Comment = metadata.TextOf("comments"),
            Doi = metadata.TextOf("doi")?.Split(' ')[0],
        };
        raw.Categories.AddRange((metadata.TextOf("categories") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return raw;
    }

    // Dublin Core says everything in few words: a remark is a second description, a DOI one of the identifiers.
    private static RawPaper ReadDublinCore(XmlRecord metadata)
    {
        var raw = new RawPaper { Title = metadata.TextOf("title") };
        foreach (var description in metadata.All("description").Select(element => element.Text.Trim()))
        {
            if (description.StartsWith("Comment:", StringComparison.Ordinal))
                raw.Comment ??= description["Comment:".Length..].Trim();
            else
                raw.Abstract ??= description;
        }

        foreach (var identifier in metadata.All("identifier").Select(element => element.Text.Trim()))
        {
            if (ArxivId.TryParse(identifier, out _))
                raw.Arxiv ??= identifier;
            else if (Papers.Doi.TryParse(identifier, out _))
                raw.Doi ??= identifier;
        }

        raw.Authors.AddRange(metadata.All("creator").Select(creator => AuthorList.InReadingOrder(creator.Text.Trim())));
        raw.Categories.AddRange(metadata.All("subject").Select(subject => subject.Text.Trim()).Where(subject => !char.IsAsciiDigit(subject.FirstOrDefault())));
        var dates = metadata.All("date").Select(date => raw.DateOf(date.Text)).OfType<NodaTime.Instant>().Order().ToList();
        if (dates.Count > 0)
            (raw.PublishedAt, raw.UpdatedAt) = (dates[0], dates[^1]);
        return raw;
    }
}
