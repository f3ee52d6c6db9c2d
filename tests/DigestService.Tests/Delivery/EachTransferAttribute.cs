using System.Reflection;
using DigestService.Tests.Shared;
using Xunit.Sdk;

namespace DigestService.Tests.Delivery;

/// <summary>How mails go to a relay.</summary>
public enum Transfer
{
    /// <summary>By DATA, which every relay knows.</summary>
    Data,

    /// <summary>By BDAT, because the relay offers CHUNKING.</summary>
    Bdat,
}

/// <summary>Runs a theory once for each way mails go to a relay, which is its first argument; the others follow it.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal class EachTransferAttribute(params object[] others) : DataAttribute
{
    /// <summary>The ways that this run tries.</summary>
    protected virtual IReadOnlyList<Transfer> Ways => Enum.GetValues<Transfer>();

    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => Ways.Select(transfer => (object[])[transfer, .. others]);
}

/// <summary>
/// In the short form the theory runs with <paramref name="inShort"/> alone: for faults that do not come from the relay, so that both
/// ways meet them alike.
/// </summary>
internal sealed class OneTransferInShortAttribute(Transfer inShort, params object[] others) : EachTransferAttribute(others)
{
    /// <inheritdoc/>
    protected override IReadOnlyList<Transfer> Ways => Full.IsAsked ? base.Ways : [inShort];
}

internal static class TransferScripts
{
    /// <summary>A relay that takes mails that way.</summary>
    public static SmtpScript Script(this Transfer transfer) => new() { OffersChunking = transfer == Transfer.Bdat };

    /// <inheritdoc cref="Script"/>
    public static SmtpScript Script(this Transfer transfer, SmtpScript others) => others with { OffersChunking = transfer == Transfer.Bdat };
}
