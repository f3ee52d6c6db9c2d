namespace DigestService.Platform.Layout;

/// <summary>How many things of a list a program asks for.</summary>
internal static class ListLimit
{
    /// <summary>What is wrong with the number, in a sentence; null where it can be taken. Who asks for more than are given at once gets those.</summary>
    public static string? FaultOf(int? limit) => limit < 1 ? "limit is a number from 1." : null;
}
