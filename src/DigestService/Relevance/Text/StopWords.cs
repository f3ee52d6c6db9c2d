using System.Collections.Frozen;

namespace DigestService.Relevance.Text;

/// <summary>Words that say nothing about a paper's subject: the grammar of English, and the phrases every question is asked in.</summary>
internal static class StopWords
{
    private static readonly FrozenSet<string> Words = ("""
        a about above after again against all also am among an and any are aren as at be because been before being
        below between both but by can cannot could couldn did didn do does doesn doing don down during each either
        etc few for from further had hadn has hasn have haven having he hence her here hers herself him himself his
        how however i if in into is isn it its itself just may me might more most much must my myself neither no nor
        not now of off on once one only or other our ours ourselves out over own per s same shall she should shouldn
        so some such t than that the their theirs them themselves then there thereby therefore these they this those
        though through thus to too under until up upon us very via was wasn we were weren what when where whereas
        whether which while who whom whose why will with within without would wouldn yet you your yours yourself
        """).Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether a folded word is one.</summary>
    public static bool Contains(string word) => Words.Contains(word);
}
