using System.Globalization;
using System.Text;
using System.Text.Json;
using DigestService.Papers;
using DigestService.Tests.Shared;
using FsCheck;
using FsCheck.Fluent;

namespace DigestService.Tests.Papers;

public class PeopleTextTests
{
    [Theory]
    [InlineData(@"An $O(n\log n)$ algorithm", "An O(n log n) algorithm")]
    [InlineData(@"n\log n steps", "n log n steps")]
    [InlineData(@"$\alpha$-divergence", "α-divergence")]
    [InlineData(@"Erd\H{o}s and R\'enyi", "Erdős and Rényi")]
    [InlineData(@"Poincar\'{e}, Schr\""odinger, Fran\c{c}ois, \v{S}v\'{\i}k, \O{}re", "Poincaré, Schrödinger, François, Švík, Øre")]
    [InlineData(@"\textbf{Bold} and \emph{slanted \texttt{code}}", "Bold and slanted code")]
    [InlineData("``winning tickets'' do exist", "“winning tickets” do exist")]
    [InlineData("so-called `experts' vote", "so-called ‘experts’ vote")]
    [InlineData(@"RE$^2$ and BLM$_1$ and SA$^{2}$Net", "RE² and BLM₁ and SA²Net")]
    [InlineData(@"360$^\circ$ views", "360° views")]
    [InlineData(@"UI2Code$^\text{N}$", "UI2Codeᴺ")]
    [InlineData(@"$\ell_{2,p}$-Norm", "ℓ_(2,p)-Norm")]
    [InlineData(@"$\bar{B}\to D^{(*)}\tau\bar\nu$ and $x^{(\Delta)(\Omega)}$", "B̄→ D^(*)τν̄ and x^((Δ)(Ω))")]
    [InlineData(@"$\widetilde{W}_2$, $\widehat{\mathfrak g}$, $\overline{x}$ and $\overline{AB}$", "W̃₂, ĝ, x̄ and AB")]
    [InlineData(@"$\underset{x}{\operatorname{argmin}} f$, $a\stackrel{d}{=}b$, $X\xrightarrow{f}Y$", "argminₓ f, a=ᵈb, X→ᶠY")]
    [InlineData(@"$\mathcal{V}isi\mathcal{P}runer$", "VisiPruner")]
    [InlineData(@"A\textsuperscript{2}FM", "A²FM")]
    [InlineData(@"$\bf{D^3}$QE", "D³QE")]
    [InlineData(@"Readability $\ne$ Learnability", "Readability ≠ Learnability")]
    [InlineData(@"$SO(3)$ and $\mathbb{R}^n$", "SO(3) and ℝⁿ")]
    [InlineData(@"context $C $ into answer $A$", "context C into answer A")]
    [InlineData(@"A$ and US $ or $5 $ a day", "A$ and US $ or $5 $ a day")]
    [InlineData(@"costs $5 to $10 a month", "costs $5 to $10 a month")]
    [InlineData(@"50\% better \& cheaper", "50% better & cheaper")]
    [InlineData(@"low-rank adaptation~(LoRA) needs ~10 GB", "low-rank adaptation (LoRA) needs ~10 GB")]
    [InlineData(@"a gain of 3--5 points---at least", "a gain of 3–5 points—at least")]
    [InlineData(@"\mname achieves and \ours{} wins", "mname achieves and ours wins")]
    [InlineData(@"our \unknown{readable} macro", "our readable macro")]
    [InlineData(@"PCBA \\ via reconstruction", "PCBA via reconstruction")]
    [InlineData(@"shown before~\cite{smith2020,doe21}.", "shown before .")]
    [InlineData(@"see \href{https://example.org/x}{our page}", "see our page (https://example.org/x)")]
    [InlineData(@"code: \url{https://example.org/~me}", "code: https://example.org/~me")]
    [InlineData(@"the set {0, 1} and {BERT}", "the set {0, 1} and BERT")]
    [InlineData(@"$\frac{1}{2}$ of $\sqrt{n+1}$", "1/2 of √(n+1)")]
    [InlineData("A title\n  on two lines", "A title on two lines")]
    [InlineData("state-of-\nthe-art", "state-of-the-art")]
    [InlineData("zero\u200Bwidth \u202Ebidi\u202C \u0007bell \uFEFFmark", "zerowidth bidi bell mark")]
    [InlineData("Poincare\u0301", "Poincaré")]
    [InlineData("plain text, don't touch: it's x-ray", "plain text, don't touch: it's x-ray")]
    [InlineData(@"Nguy\~{\^e}n and Ph\d{a}m and \`{\^o}ng and \'{\^A}u", "Nguyễn and Phạm and ồng and Ấu")]
    [InlineData(@"Th\h{a}o, B\h{\^o}, \h{O}", "Thảo, Bổ, Ỏ")]
    [InlineData(@"Tara\textcommabelow{s} \textcommabelow{T}u\u{a}", "Taraș Țuă")]
    [InlineData(@"the set $\{x\}$ and $\{f_n\}$ and $\{a, b\}$", "the set {x} and {fₙ} and {a, b}")]
    [InlineData(@"{BERT} and {A}lice and {\'E}cole", "BERT and Alice and École")]
    [InlineData(@"$>$95\% and $<$5 and $\geq$3", ">95% and <5 and ≥3")]
    [InlineData(@"$x$2 and $5-$10 and $5 to $10", "x2 and $5-$10 and $5 to $10")]
    [InlineData("a drop of 2~3% over 100~200 runs", "a drop of 2~3% over 100~200 runs")]
    [InlineData("Figure~2, 5~ms, Smith~et~al., 10~000 runs", "Figure 2, 5 ms, Smith et al., 10 000 runs")]
    [InlineData(@"don\'t, it\'s, we\'re, they\'ll, I\'m", "don't, it's, we're, they'll, I'm")]
    [InlineData(@"O\'Neil and D\'Angelo and L\'Or\'eal", "O'Neil and D'Angelo and L'Oréal")]
    [InlineData(@"Ren\'e, caf\'e, Nov\'ak, CAF\'E, Ma\l{}e\'n", "René, café, Novák, CAFÉ, Małeń")]
    [InlineData(@"The \""best\"" and \""all\"" models; G\""odel, \""Uber", "The \"best\" and \"all\" models; Gödel, Über")]
    [InlineData(@"First\n\nSecond\nThird\n1. Fourth\r\nFifth", "First Second Third 1. Fourth Fifth")]
    [InlineData(@"$\nabla f \neq \nu$ and \nu and \noindent so", "∇ f ≠ ν and ν and so")]
    [InlineData("two-\nand three-dimensional, state-of-\nthe-art", "two- and three-dimensional, state-of-the-art")]
    [InlineData("single-\nversus multi-agent, more first-\nthan higher-order", "single- versus multi-agent, more first- than higher-order")]
    [InlineData(@"as shown \cite[see][p.~3]{smith} and \citep*[e.g.]{a,b}, done", "as shown and , done")]
    [InlineData("می\u200Cخواهم and क्\u200Dष", "می\u200Cخواهم and क्\u200Dष")]
    [InlineData("zero\u200Cwidth\u200Dletters", "zerowidthletters")]
    [InlineData("Role of <i>E. coli</i> in CO<sub>2</sub> &amp; Q&amp;A", "Role of E. coli in CO2 & Q&A")]
    [InlineData("if x<y and p < 0.05 then a<b and c>d; R&D;", "if x<y and p < 0.05 then a<b and c>d; R&D;")]
    [InlineData("&lt;b&gt; is bold; 5 &gt; 3; AT&T; &alpha;", "is bold; 5 > 3; AT&T; α")]
    public void Text_is_made_readable(string written, string expected) =>
        PeopleText.Clean(written).ShouldBe(expected);

    [Fact]
    public void Reported_LaTeX_is_read_as_it_should_be()
    {
        var lines = File.ReadLines(Path.Combine(SharedData.Require("data/reported"), "latex.jsonl")).Select(line => JsonSerializer.Deserialize<Dictionary<string, string>>(line)!).ToList();

        var wrong = lines.Where(line => PeopleText.Clean(line["input"]) != line["expected"].Normalize(NormalizationForm.FormC))
            .Select(line => $"{line["name"]}: {PeopleText.Clean(line["input"])} for {line["expected"]}");

        string.Join('\n', wrong).ShouldBe("");
    }

    [Fact]
    public void Any_text_at_all_is_cleaned_to_one_line_that_stays_as_it_is() =>
        Prop.ForAll(Hostile(), text =>
        {
            var once = PeopleText.Clean(text);
            once.EnumerateRunes().ShouldAllBe(rune => !IsUnwanted(rune));
            once.IsNormalized(NormalizationForm.FormC).ShouldBeTrue();
            PeopleText.Clean(once).ShouldBe(once);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));

    [Theory]
    [InlineData("{", 20_000)]
    [InlineData("$", 20_000)]
    [InlineData("\\", 20_000)]
    [InlineData(@"\textbf{", 5_000)]
    [InlineData(@"\'", 10_000)]
    [InlineData("`", 20_000)]
    [InlineData("$^{", 7_000)]
    [InlineData(@"\frac{", 7_000)]
    public void Text_made_to_confuse_is_cleaned_in_a_time_that_grows_with_its_length_and_no_faster(string piece, int times) =>
        Cost.ShouldGrowWithTheSize(times, size =>
        {
            var text = string.Concat(Enumerable.Repeat(piece, size));
            return () => PeopleText.Clean(text);
        });

    private static bool IsUnwanted(Rune rune) =>
        rune.Value is 0x200B or 0x202E or 0xFEFF or '\n' or 0xFFFD
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate;

    private static Arbitrary<string> Hostile()
    {
        var pieces = new[]
        {
            "\\", "$", "{", "}", "~", "`", "'", "''", "--", "^", "_", "\\textbf{", "\\'", "\\alpha", "\\c", "\\frac", "\\\\", "\\[", "\\]",
            "\\unicode{x24}", "\\href{", "\\cite{", "\\not", "a", "é", "e\u0301", "ß", " ", "\n", "\t", "\0", "\u200B", "\u202E", "\uD83D", "\uDE00",
            "😀", "5", "10", "-", "(", ")", "\\begin{x}", "\\item", "\\sqrt[3]{", "\u00AD", "\u1160", "ﬁ", "\\\"", "\\H{", "\\i",
        };
        var piece = Gen.Elements(pieces);
        return Gen.ListOf(piece).Select(list => string.Concat(list)).ToArbitrary();
    }
}
