namespace DigestService.Platform;

/// <summary>The parts of the service one process may play; <c>serve --roles</c> picks some, all by default.</summary>
[Flags]
internal enum Roles
{
    /// <summary>None of them: a verb that does its work and exits.</summary>
    None = 0,

    /// <summary>Pages, API, feeds and health.</summary>
    Web = 1,

    /// <summary>Plans and composes the digests that are due.</summary>
    Plan = 2,

    /// <summary>Sends what stands in the outbox.</summary>
    Send = 4,

    /// <summary>Reads the mailbox.</summary>
    Inbound = 8,

    /// <summary>Fetches papers from the configured sources.</summary>
    Ingest = 16,

    /// <summary>Everything.</summary>
    All = Web | Plan | Send | Inbound | Ingest,
}
