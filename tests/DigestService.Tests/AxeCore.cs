using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace DigestService.Tests;

/// <summary>axe-core, which looks for what keeps people from reading.</summary>
internal static class AxeCore
{
    private static readonly string Script = new BundledAxeScriptProvider().GetScript();

    /// <summary>What is wrong with a page as it stands: a line for each element and rule, which begins with the rule's name.</summary>
    public static async Task<string[]> FaultsAsync(IPage page)
    {
        // Run in the page itself. Wrappers of axe open another page each time, to join what frames found, and we have no frames.
        await page.EvaluateAsync(Script);
        return await page.EvaluateAsync<string[]>("""
            () => axe.run({ resultTypes: ['violations'] })
                .then(found => found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html} ${node.failureSummary}`)))
            """);
    }
}
