using System.Diagnostics;

namespace DigestService.Tests.Shared;

/// <summary>Waits for what happens elsewhere: looks often, gives up late.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Returns when the condition holds; fails with <paramref name="what"/> after two minutes.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            if (waited.Elapsed > Patience)
                throw new TimeoutException($"Waited {Patience.TotalSeconds:0} s in vain: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    /// <inheritdoc cref="TrueAsync(Func{Task{bool}}, string)"/>
    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);
}
