namespace DigestService.Platform;

/// <summary>What is said at the beginning of a transaction.</summary>
internal static class TransactionQueries
{
    /// <summary>
    /// For a transaction over a batch of thousands: what is asked in it looks costly enough to be compiled, which takes PostgreSQL
    /// a tenth of a second a statement, and is done in less.
    /// </summary>
    public const string CompileNothing = """
        -- transactions.compile_nothing
        set local jit = off
        """;
}
