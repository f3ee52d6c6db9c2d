using DigestService.Platform;
using Microsoft.ML.OnnxRuntime;

namespace DigestService.Relevance.Embeddings;

/// <summary>
/// The process's one sentence model: loaded at the first use, released when nobody has needed it for a while. Without a
/// model, or where it does not load, everything works as if embeddings were off.
/// </summary>
internal sealed partial class SentenceEncoder : IDisposable
{
    private static readonly TimeSpan IdleAfter = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly RelevanceOptions _options;
    private readonly ILogger<SentenceEncoder> _log;
    private readonly ITimer _idle;
    private SentenceModel? _model;
    private string? _name;
    private int _users;

    /// <summary>Loads nothing yet.</summary>
    public SentenceEncoder(RelevanceOptions options, ILogger<SentenceEncoder> log, TimeProvider? time = null)
    {
        (_options, _log) = (options, log);
        _idle = (time ?? TimeProvider.System).CreateTimer(_ => ReleaseIdle(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Why nothing is embedded, in a sentence; null while nothing speaks against it.</summary>
    public string? Hindrance { get; private set; }

    /// <summary>
    /// The name of the model, which is loaded once to learn it; null where there is none. So what waits can be counted,
    /// again and again, without a model in memory.
    /// </summary>
    public string? ModelName
    {
        get
        {
            if (_name is null)
                Borrow()?.Dispose();
            return Hindrance is null ? _name : null;
        }
    }

    /// <summary>The model until the lease is disposed; null where there is none.</summary>
    public Lease? Borrow()
    {
        lock (_lock)
        {
            if (_model is null && Hindrance is null)
                Load();
            if (_model is null || Hindrance is not null)
                return null;
            _users++;
            return new Lease(this, _model);
        }
    }

    /// <summary>Embeds no more, after the model has failed.</summary>
    public void Fail(Exception broken) => GiveUp($"The sentence model of {Place} failed while it ran, and is tried again by the next start.", broken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _idle.Dispose();
        lock (_lock)
        {
            _model?.Dispose();
            _model = null;
        }
    }

    private void Load()
    {
        if (_options.IsOff)
        {
            Hindrance = "Relevance__Embeddings is Off.";
            return;
        }

        if (_options.Folder is null && !File.Exists(ModelPackage.Path))
        {
            Hindrance = "No sentence model comes with this build.";
            return;
        }

        try
        {
            _model = new SentenceModel(_options.Folder is { } folder ? ModelFiles.FromFolder(folder) : ModelFiles.FromPackage());
            _name = _model.Name;
        }
        // A missing native library, a file that is no model, a vocabulary without its marks: every library has errors of its own.
        catch (Exception broken)
        {
            GiveUp($"The sentence model could not be loaded: {WhyNotLoaded(broken)}", broken);
        }
    }

    private string Place => _options.Folder ?? ModelPackage.Path;

    private string WhyNotLoaded(Exception broken) => broken switch
    {
        InvalidDataException or BadImageFormatException => $"{Place} is not the file that this program was made with; put that back.",
        IOException or UnauthorizedAccessException => WhyUnreadable(broken),
        DllNotFoundException or TypeInitializationException or EntryPointNotFoundException =>
            "ONNX Runtime does not load on this machine; Relevance__Embeddings Off does without a model.",
        OnnxRuntimeException => $"ONNX Runtime cannot run the graph of {Place}; put another there.",
        _ => $"what {Place} holds is no model of sentences with its vocabulary; put another there.",
    };

    // Which of a folder's two files it was is known only where one is missing.
    private string WhyUnreadable(Exception refused) => refused is FileNotFoundException { FileName: { } missing } ? FileWords.WhyUnreadable(missing, refused, "put it there.")
        : _options.Folder is { } folder ? $"the account '{Environment.UserName}' cannot read model.onnx or vocab.txt in {folder}; give it the right to."
        : FileWords.WhyUnreadable(Place, refused, "put it there.");

    private void GiveUp(string hindrance, Exception broken)
    {
        Hindrance = hindrance;
        LogNotLoaded(_log, hindrance, broken);
    }

    private void Return()
    {
        lock (_lock)
        {
            if (--_users == 0)
                _idle.Change(IdleAfter, Timeout.InfiniteTimeSpan);
        }
    }

    private void ReleaseIdle()
    {
        lock (_lock)
        {
            if (_users > 0 || _model is null)
                return;
            _model.Dispose();
            _model = null;
        }

        // Its weights were an array of 90 MB while it was loaded, and the C library keeps most of what it had.
        FreedMemory.GiveBack();
    }

    [LoggerMessage(EventId = 2301, Level = LogLevel.Warning, Message = "{Hindrance} Matching goes on by words alone")]
    private static partial void LogNotLoaded(ILogger log, string hindrance, Exception broken);

    /// <summary>The model on loan; disposing gives it back.</summary>
    internal sealed class Lease(SentenceEncoder owner, SentenceModel model) : IDisposable
    {
        private SentenceEncoder? _owner = owner;

        /// <summary>The model.</summary>
        public SentenceModel Model { get; } = model;

        /// <inheritdoc/>
        public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Return();
    }
}
