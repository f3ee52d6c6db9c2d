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
internal sealed class EachTransferAttribute(params object[] others) : DataAttribute
{
    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        Enum.GetValues<Transfer>().Select(transfer => (object[])[transfer, .. others]);
}

/// <summary>
/// As <see cref="EachTransferAttribute"/> in the long form; in the short one the theory runs with <paramref name="inShort"/> alone. For
/// faults that do not come from the relay, so that both ways meet them alike.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class OneTransferInShortAttribute(Transfer inShort, params object[] others) : DataAttribute
{
    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        (Full.IsAsked ? Enum.GetValues<Transfer>() : [inShort]).Select(transfer => (object[])[transfer, .. others]);
}

internal static class TransferScripts
{
    /// <summary>A relay that takes mails that way.</summary>
    public static SmtpScript Script(this Transfer transfer) => new() { OffersChunking = transfer == Transfer.Bdat };

    /// <inheritdoc cref="Script"/>
    public static SmtpScript Script(this Transfer transfer, SmtpScript others) => others with { OffersChunking = transfer == Transfer.Bdat };
}
