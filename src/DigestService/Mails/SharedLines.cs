using System.Collections.Concurrent;

namespace DigestService.Mails;

/// <summary>What lines say; the same words are other lines where they are said as something else.</summary>
internal enum LineKind
{
    /// <summary>Why a paper is in a digest.</summary>
    Reasons,

    /// <summary>A heading over papers.</summary>
    Heading,

    /// <summary>The headline.</summary>
    Headline,

    /// <summary>How answering works.</summary>
    AnswerHint,

    /// <summary>Name and postal address of the sender.</summary>
    Sender,
}

/// <summary>The words of some lines, and what they are about where that is said too.</summary>
internal readonly record struct LineWords(LineKind Kind, string About, string Words);

/// <summary>
/// Lines that digests have in common without being a paper's, such as a heading or the reasons of a paper: encoded once for
/// all readers, and after some of them a fragment, which further mails name instead of holding the lines.
/// </summary>
/// <typeparam name="T">What tells them apart.</typeparam>
internal sealed class SharedLines<T>
    where T : IEquatable<T>
{
    // Some 1.5 kB each. Readers with queries of their own have lines that nobody else has.
    private const int Capacity = 8_192;

    private readonly Lock _lock = new();
    private volatile ConcurrentDictionary<T, SharedLine> _recent = new();
    private volatile ConcurrentDictionary<T, SharedLine> _before = new();
    private int _added;

    /// <summary>The lines of <paramref name="key"/>, rendered if nobody has had them.</summary>
    public SharedLine Get(T key, Func<T, SharedLine> render) =>
        _recent.TryGetValue(key, out var line) ? line : Add(key, _before.TryGetValue(key, out var known) ? known : render(key));

    // What is used goes from the older half to the newer one; when that is full, what was not used is forgotten.
    private SharedLine Add(T key, SharedLine line)
    {
        lock (_lock)
        {
            if (_added >= Capacity / 2)
                (_before, _recent, _added) = (_recent, new ConcurrentDictionary<T, SharedLine>(), 0);
            _added++;
            return _recent.GetOrAdd(key, line);
        }
    }
}

/// <summary>Whole lines as both parts of a mail say them.</summary>
internal sealed class SharedLine(WireTemplate html, WireTemplate text)
{
    // A fragment takes some 600 octets of the database, and spares each mail some 150.
    private const int UsesBeforeFragment = 16;

    private int _uses;
    private volatile bool _isFragment;

    /// <summary>The lines of the HTML part.</summary>
    public WireTemplate Html => html;

    /// <summary>The lines of the text part.</summary>
    public WireTemplate Text => text;

    /// <summary>Whether enough digests have had them, so that the templates are pieces of a fragment.</summary>
    public bool IsFragment => _isFragment;

    /// <summary>Renders lines for both parts.</summary>
    public static SharedLine Of(Action<HtmlWriter> writeHtml, Action<PlainTextWriter> writeText)
    {
        var html = new HtmlWriter();
        writeHtml(html);
        var text = new PlainTextWriter();
        writeText(text);
        return new SharedLine(WireTemplate.EncodeHtml(html.Written), WireTemplate.EncodeText(text.Written));
    }

    /// <summary>One digest more has them.</summary>
    public void CountUse()
    {
        if (_isFragment || Interlocked.Increment(ref _uses) != UsesBeforeFragment)
            return;
        WireTemplate.Join(html, text);
        _isFragment = true;
    }
}
