namespace DigestService.Platform.Layout;

/// <summary>The program behind a request that came with a good key: a feature of the request.</summary>
/// <param name="MayOperate">Whether the key opens what is the operator's.</param>
internal sealed record ApiCaller(bool MayOperate);
