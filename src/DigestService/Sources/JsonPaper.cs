using System.Text.Json;

namespace DigestService.Sources;

/// <summary>One object of the <c>jsonl</c> format, under any of the names its fields go by.</summary>
internal static class JsonPaper
{
    /// <summary>Reads the object that <paramref name="json"/> stands at the start of.</summary>
    public static RawPaper Read(ref Utf8JsonReader json)
    {
        var raw = new RawPaper();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("title"u8))
                raw.Title = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("summary"u8) || json.ValueTextEquals("abstract"u8))
                raw.Abstract = JsonFields.Text(ref json) ?? raw.Abstract;
            else if (json.ValueTextEquals("id"u8) || json.ValueTextEquals("arxiv_id"u8))
                raw.Arxiv = JsonFields.Text(ref json) ?? raw.Arxiv;
            else if (json.ValueTextEquals("doi"u8))
                raw.Doi = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("authors"u8))
                ReadAuthors(ref json, raw);
            else if (json.ValueTextEquals("categories"u8))
                ReadCategories(ref json, raw);
            else if (json.ValueTextEquals("tags"u8))
                JsonFields.Names(ref json, raw.Categories, "term"u8);
            else if (json.ValueTextEquals("published"u8))
                raw.PublishedAt = Moments.TryParse(JsonFields.Text(ref json));
            else if (json.ValueTextEquals("updated"u8))
                raw.UpdatedAt = Moments.TryParse(JsonFields.Text(ref json));
            else if (json.ValueTextEquals("listed_on"u8))
                raw.ListedOn = raw.DateOf(JsonFields.Text(ref json))?.InUtc().Date;
            else if (json.ValueTextEquals("upvotes"u8))
                raw.Upvotes = JsonFields.Count(ref json);
            else if (json.ValueTextEquals("abs"u8) || json.ValueTextEquals("url"u8))
                raw.Url = JsonFields.Text(ref json) ?? raw.Url;
            else if (json.ValueTextEquals("pdf"u8))
                raw.PdfUrl = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("code"u8))
                raw.CodeUrl = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("project"u8))
                raw.ProjectUrl = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("comment"u8))
                raw.Comment = JsonFields.Text(ref json);
            else if (json.ValueTextEquals("withdrawn"u8))
                ReadWithdrawal(ref json, raw);
            else
                JsonFields.Skip(ref json);
        }

        raw.TellsWithdrawal |= raw.Comment is not null;
        return raw;
    }

    // ["Jane Doe"], [{"name": "Jane Doe"}], or all of them in one line.
    private static void ReadAuthors(ref Utf8JsonReader json, RawPaper raw)
    {
        // Of a name that stands twice the last counts, as with every other.
        raw.Authors.Clear();
        var isOneLine = PeekIsString(json);
        JsonFields.Names(ref json, raw.Authors, "name"u8);
        if (!isOneLine || raw.Authors is not [var line])
            return;
        raw.Authors.Clear();
        raw.Authors.AddRange(AuthorList.Split(line));
    }

    private static bool PeekIsString(Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.String;

    // A day, or true for one that is not known; false and null say that the paper stands.
    private static void ReadWithdrawal(ref Utf8JsonReader json, RawPaper raw)
    {
        raw.TellsWithdrawal = true;
        json.Read();
        raw.IsSaidWithdrawn = json.TokenType == JsonTokenType.True;
        if (json.TokenType == JsonTokenType.String)
            raw.WithdrawnAt = Moments.TryParse(json.GetString());
        else
            json.Skip();
    }

    // ["cs.CL","cs.LG"], or "cs.CL hep-th" as arXiv's own dumps have it; "computer vision" is one.
    private static void ReadCategories(ref Utf8JsonReader json, RawPaper raw)
    {
        JsonFields.Names(ref json, raw.Categories, "term"u8);
        if (raw.Categories is [var only] && only.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 1 } parts && parts.All(part => part.AsSpan().ContainsAny('.', '-')))
        {
            raw.Categories.Clear();
            raw.Categories.AddRange(parts);
        }
    }
}
