using System.Reflection;
using System.Text.RegularExpressions;
using DigestService.Hosting;
using DigestService.Mail;

namespace DigestService.Tests.Platform;

/// <summary>Regular expressions of the program.</summary>
public class PatternTests
{
    /// <summary>A process that stands still for a second, on a busy machine, would fail a page, a mail or a file that is sound.</summary>
    [Fact]
    public void No_pattern_is_ended_by_the_clock()
    {
        Type[] types = [.. typeof(App).Assembly.GetTypes(), .. typeof(EmailAddress).Assembly.GetTypes()];
        var patterns = types
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Select(method => (Name: $"{method.DeclaringType?.Name}.{method.Name}", Pattern: method.GetCustomAttribute<GeneratedRegexAttribute>()))
            .Where(found => found.Pattern is not null)
            .ToList();

        patterns.Count.ShouldBeGreaterThan(50);
        patterns.Where(found => found.Pattern!.MatchTimeoutMilliseconds != Timeout.Infinite).Select(found => found.Name).ShouldBeEmpty(); // filtered above
    }
}
