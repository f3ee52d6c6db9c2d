using System.Text.Json;
using DigestService.Papers;
using NodaTime;

namespace DigestService.Sources;

/// <summary>
/// Hugging Face's daily papers (<c>GET /api/daily_papers</c>): an array of entries in the order of the page. A weekend
/// answers with Friday's, so the listing day is the entry's own <c>submittedOnDailyAt</c>. Fields may be absent, and new
/// ones are read past.
/// </summary>
internal static class HuggingFaceDaily
{
    /// <summary>The answer's papers; an answer that is not whole is refused whole.</summary>
    /// <exception cref="UnreadableDocumentException">It is no whole array.</exception>
    public static IEnumerable<PaperDraft> Read(Stream stream, SourceDocument document) =>
        JsonDocuments.ReadArray(stream, document, SourceAuthority.HuggingFace, ReadEntry);

    private static RawPaper ReadEntry(ref Utf8JsonReader json)
    {
        var raw = new RawPaper();
        string? title = null, summary = null;
        Instant? publishedAt = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("paper"u8))
                ReadPaper(ref json, raw);
            else if (raw.Title is null && json.ValueTextEquals("title"u8))
                title = JsonFields.Text(ref json);
            else if (raw.Abstract is null && json.ValueTextEquals("summary"u8))
                summary = JsonFields.Text(ref json);
            else if (raw.PublishedAt is null && json.ValueTextEquals("publishedAt"u8))
                publishedAt = Moments.TryParse(JsonFields.Text(ref json));
            else
                JsonFields.Skip(ref json);
        }

        // The entry repeats what its paper says, and stands in where the paper says nothing.
        raw.Title ??= title;
        raw.Abstract ??= summary;
        raw.PublishedAt ??= publishedAt;
        return raw;
    }

    private static void ReadPaper(ref Utf8JsonReader json, RawPaper raw)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("id"u8))
                raw.Arxiv = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("title"u8))
                raw.Title = JsonFields.Text(ref json) ?? raw.Title;
            else if (json.ValueTextEquals("summary"u8))
                raw.Abstract = JsonFields.Text(ref json) ?? raw.Abstract;
            else if (json.ValueTextEquals("authors"u8))
                ReadAuthors(ref json, raw);
            else if (json.ValueTextEquals("publishedAt"u8))
                raw.PublishedAt = Moments.TryParse(JsonFields.Text(ref json));
            else if (json.ValueTextEquals("submittedOnDailyAt"u8))
                raw.UpdatedAt = raw.DateOf(JsonFields.Text(ref json));
            else if (json.ValueTextEquals("upvotes"u8))
                raw.Upvotes = JsonFields.Count(ref json);
            else if (json.ValueTextEquals("githubRepo"u8))
                raw.CodeUrl = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("projectPage"u8))
                raw.ProjectUrl = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("ai_summary"u8))
                raw.InShort = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("ai_keywords"u8))
                ReadKeywords(ref json, raw);
            else if (json.ValueTextEquals("organization"u8))
                raw.Organization = ReadOrganization(ref json);
            else if (json.ValueTextEquals("withdrawnAt"u8))
                raw.WithdrawnAt = Moments.TryParse(JsonFields.Text(ref json));
            else
                JsonFields.Skip(ref json);
        }

        raw.ListedOn = raw.UpdatedAt?.InUtc().Date;
        raw.TellsWithdrawal = true;
    }

    private static void ReadAuthors(ref Utf8JsonReader json, RawPaper raw)
    {
        // Of a name that stands twice the last counts, as with every other.
        raw.Authors.Clear();
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                json.Skip();
                continue;
            }

            string? name = null;
            var isHidden = false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("name"u8))
                    name = JsonFields.Text(ref json);
                else if (json.ValueTextEquals("hidden"u8))
                    isHidden = json.Read() && json.TokenType == JsonTokenType.True;
                else
                    JsonFields.Skip(ref json);
            }

            if (!string.IsNullOrWhiteSpace(name) && !isHidden)
                raw.Authors.Add(name);
        }
    }

    private static void ReadKeywords(ref Utf8JsonReader json, RawPaper raw)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType == JsonTokenType.String)
                raw.Keywords.Add(json.GetString() ?? "");
            else
                json.Skip();
        }
    }

    private static string? ReadOrganization(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return null;
        }

        string? name = null, fullName = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("fullname"u8))
                fullName = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("name"u8))
                name = JsonFields.Text(ref json);
            else
                JsonFields.Skip(ref json);
        }

        return fullName ?? name;
    }
}
