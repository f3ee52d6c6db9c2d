using System.Text;
using DigestService.Papers;
using DigestService.Sources;
using DigestService.Tests.Shared;
using NodaTime;

namespace DigestService.Tests.Sources;

/// <summary>Feeds as they really come.</summary>
public class FeedTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 20, 8, 0);

    static FeedTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    [Theory]
    [InlineData("<title>Q&A</title>", "Q&A")]
    [InlineData("<title>R&D &amp; more &nbsp;&mdash; &hellip;</title>", "R&D & more — …")]
    [InlineData("<title>Caf&eacute; &alpha;-divergence &rarr; &#8211; &#x2013;</title>", "Café α-divergence → – –")]
    [InlineData("<title>A\u0001B\u000BC</title>", "A B C")]
    [InlineData("<title>A &#0;&#1;B &#x1F600;</title>", "A B 😀")]
    [InlineData("<title>p < 0.05 and a <= b</title>", "p < 0.05 and a <= b")]
    [InlineData("<title>R&D in x<y, p<q; and a<b</title>", "R&D in x<y, p<q; and a<b")]
    [InlineData("<title>x<y and y<z</title>", "x<y and y<z")]
    [InlineData("<title>if x </y or <</title>", "if x </y or <")]
    [InlineData("<title>x&lt;y and p&lt;0.05</title>", "x<y and p<0.05")]
    [InlineData("<title>&lt;i&gt;E. coli&lt;/i&gt; in CO&lt;sub&gt;2&lt;/sub&gt;</title>", "E. coli in CO2")]
    [InlineData("<title>Role of <i>E. coli</i> in CO<sub>2</sub></title>", "Role of E. coli in CO2")]
    [InlineData("<title>10&lt;sup&gt;6&lt;/sup&gt; Ca&lt;sup&gt;2+&lt;/sup&gt; ions, the 1&lt;sup&gt;st&lt;/sup&gt; of 10&lt;SUP class='x'&gt;-9&lt;/SUP&gt;</title>", "10⁶ Ca²⁺ ions, the 1st of 10⁻⁹")]
    [InlineData("<title>10<sup>6</sup> of <sup>13</sup>C, the 1<sup>st</sup> of 10<sup>−9</sup></title>", "10⁶ of ¹³C, the 1st of 10⁻⁹")]
    [InlineData("<title>10&lt;sup&gt;6 and no end</title>", "106 and no end")]
    [InlineData("<title>A &lt;math&gt;&lt;semantics&gt;&lt;msup&gt;&lt;mi&gt;x&lt;/mi&gt;&lt;mn&gt;2&lt;/mn&gt;&lt;/msup&gt;&lt;annotation encoding=\"application/x-tex\"&gt;x^{2} &amp;lt; \\frac{1}{2}&lt;/annotation&gt;&lt;/semantics&gt;&lt;/math&gt; bound</title>", "A x² < 1/2 bound")]
    [InlineData("<title>A <m:math xmlns:m='urn:m'><m:semantics><m:msup><m:mi>x</m:mi><m:mn>2</m:mn></m:msup><m:annotation encoding='application/x-tex'>x^{2}</m:annotation></m:semantics></m:math> bound</title>", "A x² bound")]
    [InlineData("<title>A &lt;math&gt;&lt;mi&gt;p&lt;/mi&gt;&lt;/math&gt; and a &lt;math&gt;&lt;semantics&gt;&lt;mi&gt;q&lt;/mi&gt;&lt;annotation-xml encoding='MathML-Content'&gt;&lt;ci&gt;q&lt;/ci&gt;&lt;/annotation-xml&gt;&lt;/semantics&gt;&lt;/math&gt;</title>", "A p and a q")]
    [InlineData("<title>O(&lt;math&gt;&lt;msup&gt;&lt;mi&gt;n&lt;/mi&gt;&lt;mn&gt;2&lt;/mn&gt;&lt;/msup&gt;&lt;/math&gt;) and &lt;mml:math&gt;&lt;mml:mfrac&gt;&lt;mml:mi&gt;a&lt;/mml:mi&gt;&lt;mml:mrow&gt;&lt;mml:mi&gt;b&lt;/mml:mi&gt;&lt;mml:mo&gt;+&lt;/mml:mo&gt;&lt;mml:mn&gt;1&lt;/mml:mn&gt;&lt;/mml:mrow&gt;&lt;/mml:mfrac&gt;&lt;/mml:math&gt;</title>", "O(n²) and a/(b+1)")]
    [InlineData("<title>In <math><mrow><msub><mi>Fe</mi><mn>2</mn></msub><msub><mi mathvariant='normal'>O</mi><mn>3</mn></msub></mrow></math>, <math><msqrt><mi>x</mi></msqrt></math> by <math><msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup></math></title>", "In Fe₂O₃, √x by xᵢ²")]
    [InlineData("<title>The <math><mmultiscripts><mi>Th</mi><mprescripts/><none/><mn>229</mn></mmultiscripts></math> clock at <math><mover><mi>x</mi><mo>~</mo></mover><mo>&lt;</mo><mi>b</mi><mo>&gt;</mo><msup><mn>10</mn><mrow><mo>−</mo><mn>18</mn></mrow></msup></math></title>", "The ²²⁹Th clock at x̃ < b > 10⁻¹⁸")]
    [InlineData("<title>A set <math><mo>{</mo><mi>a_b</mi><mo>$</mo><mo>}</mo></math> of <math><mfenced><mi>x</mi><mi>y</mi></mfenced></math> and <math><mtext>if  any</mtext></math>, <math></math>none</title>", "A set {a_b$} of (x,y) and if any, none")]
    [InlineData("<title>On &lt;jats:alternatives&gt;&lt;jats:tex-math&gt;$$\\alpha$$&lt;/jats:tex-math&gt;\n &lt;mml:math&gt;&lt;mml:mi&gt;α&lt;/mml:mi&gt;&lt;/mml:math&gt;&lt;/jats:alternatives&gt; decay</title>", "On α decay")]
    [InlineData("<title>On <alternatives><tex-math>$\\alpha$</tex-math><math><mi>α</mi></math></alternatives> and <tex-math>$\\beta$</tex-math></title>", "On α and β")]
    [InlineData("<title>Only &lt;tex-math&gt;$\\beta$&lt;/tex-math&gt;, &lt;math&gt;&lt;mi&gt;x&lt;/mi&gt; never closed&lt;annotation&gt;, y</title>", "Only β, x never closed, y")]
    [InlineData("<title>At 10&lt;sup&gt;&amp;minus;3&lt;/sup&gt; the end&lt;math&gt;&lt;mi&gt;z&lt;/mi&gt;&lt;/math</title>", "At 10⁻³ the endz</math")]
    [InlineData("<title><![CDATA[Tom & <b>Jerry</b> &amp; x<y]]></title>", "Tom & Jerry & x<y")]
    [InlineData("<media:title>Figure 1</media:title><title>The title</title>", "The title")]
    [InlineData("<dc:title>Only here</dc:title>", "Only here")]
    [InlineData("<title>A <undeclared:x>word</undeclared:x> here</title>", "A word here")]
    [InlineData("<title>100 &percnt; &notanentity; &amp;amp; done</title>", "100 % &notanentity; & done")]
    [InlineData("<title>Half \uD83D pair</title>", "Half pair")]
    public void A_title_keeps_its_words_whatever_is_wrong_with_its_XML(string title, string expected) =>
        Rss($"<item>{title}<link>https://j.example/1</link></item>").Papers.ShouldHaveSingleItem().Title.ShouldBe(expected);

    [Fact]
    public void A_whole_article_in_place_of_an_abstract_costs_its_text_and_not_the_paper()
    {
        var (papers, document) = Rss($"<item><title>Before</title></item>\n<item><title>An essay</title><description>{new string('x', 60_000)}</description></item>");

        papers.Select(paper => (paper.Title, paper.Abstract)).ShouldBe([("Before", null), ("An essay", null)]);
        document.Rejections.ShouldBeEmpty();
        document.Remarks.ShouldHaveSingleItem().Reason.ShouldBe("Its text is longer than 50000 characters, which no abstract is; the paper is kept without it.");
    }

    [Theory]
    [InlineData("<item><title>Broken <b>x</title></item>")]
    [InlineData("<item><title>Broken</titel><link>https://j.example/2</link></item>")]
    [InlineData("<item><title>Broken</title><description>a <p> b</description></item>")]
    [InlineData("<item><title>Broken</title><x a='1' a='2'/></item>")]
    [InlineData("<item><title>Broken</title><x a=1/></item>")]
    public void A_fault_spoils_its_item_alone_and_is_named_by_its_line(string item)
    {
        var (papers, document) = Rss("<item><title>Before</title></item>\n" + item + "\n<item><title>After</title></item>");

        papers.Select(paper => paper.Title).ShouldBe(["Before", "After"]);
        document.Rejections.ShouldHaveSingleItem().Line.ShouldBe(3);
    }

    [Fact]
    public void Blank_lines_before_the_declaration_and_a_document_type_are_read_past()
    {
        var (papers, _) = Read("""

            
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- made by hand -->
            <!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">
            <rss version="0.91"><channel><title>C</title><item><title>One</title><link>https://j.example/1</link></item></channel></rss>
            """);

        papers.ShouldHaveSingleItem().Title.ShouldBe("One");
    }

    [Theory]
    [InlineData("<link>https://j.example/a</link>", "https://j.example/a")]
    [InlineData("<atom:link rel='self' href='https://j.example/self'/><link>https://j.example/a</link>", "https://j.example/a")]
    [InlineData("<guid isPermaLink='true'>https://j.example/g</guid>", "https://j.example/g")]
    [InlineData("<guid>https://j.example/g</guid>", "https://j.example/g")]
    [InlineData("<guid isPermaLink='false'>https://j.example/g</guid>", null)]
    [InlineData("<guid>tag:x,2026:1</guid>", null)]
    [InlineData("<link>/articles/1?a=1&b=2</link>", "https://journal.example/articles/1?a=1&b=2")]
    [InlineData("<link>articles/1</link>", "https://journal.example/articles/1")]
    [InlineData("<link xml:base='https://other.example/x/'>1</link>", "https://journal.example/1")]
    [InlineData("<media:link>https://j.example/m</media:link>", null)]
    [InlineData("<link>javascript:alert(1)</link>", null)]
    [InlineData("<link></link><guid>https://j.example/g</guid>", "https://j.example/g")]
    public void The_link_is_the_items_own(string fields, string? url) =>
        Rss($"<item><title>T</title>{fields}</item>").Papers.ShouldHaveSingleItem().Url.ShouldBe(url);

    [Fact]
    public void Relative_links_start_from_the_base_that_stands_nearest()
    {
        var (papers, _) = Read("""
            <a:feed xmlns:a="http://www.w3.org/2005/Atom" xml:base="https://one.example/"><a:title>C</a:title>
            <a:entry><a:title>A</a:title><a:link href="p/1"/></a:entry>
            <a:entry xml:base="https://two.example/x/"><a:title>B</a:title><a:link rel="alternate" type="application/json" href="no"/><a:link href="p/2" type="text/html"/></a:entry>
            <a:entry xml:base="/y/"><a:title>C</a:title><a:link href="3"/></a:entry></a:feed>
            """);

        papers.Select(paper => paper.Url).ShouldBe(["https://one.example/p/1", "https://two.example/x/p/2", "https://one.example/y/3"]);
    }

    [Fact]
    public void A_base_without_host_starts_from_the_feeds_own_address()
    {
        const string Feed = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/blog/"><entry><title>A</title><link href="1"/></entry><entry xml:base="more/"><title>B</title><link href="2"/></entry><entry><title>C</title><link href="/3"/></entry></feed>""";

        Read(Feed, new Uri("https://lab.example/feeds/all.xml")).Papers.Select(paper => paper.Url)
            .ShouldBe(["https://lab.example/blog/1", "https://lab.example/blog/more/2", "https://lab.example/3"]);
        Read(Feed).Papers.Select(paper => paper.Url).ShouldAllBe(url => url == null);
    }

    [Theory]
    [InlineData("<title>a &lt;x&gt; c &amp;amp; d</title>", "a <x> c & d")]
    [InlineData("<title type='html'>a &lt;b&gt;c&lt;/b&gt;d &amp;amp; e</title>", "a cd & e")]
    [InlineData("<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>One <em>tw</em>o<p>three</p>four</div></title>", "One two three four")]
    [InlineData("<title type='text'>1 &lt; 2</title>", "1 < 2")]
    public void Atom_says_what_its_text_is(string title, string expected) =>
        Read($"<feed xmlns='http://www.w3.org/2005/Atom'><entry>{title}<id>urn:1</id></entry></feed>").Papers.ShouldHaveSingleItem().Title.ShouldBe(expected);

    [Fact]
    public void Older_and_other_dialects_are_read()
    {
        var (old, _) = Read("""<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title mode="escaped" type="text/html">An &lt;i&gt;old&lt;/i&gt; one</title><link rel="alternate" type="text/html" href="https://j.example/1"/><issued>2026-03-09T08:00:00Z</issued><author><name>Jane Doe</name></author></entry></feed>""");
        var (rdf, _) = Read("""<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:d="http://purl.org/dc/elements/1.1/"><channel r:about="https://j.example"><link>https://j.example</link></channel><item r:about="https://j.example/2"><title>In RDF</title><d:date>2026-03-08</d:date></item></r:RDF>""");
        var (early, _) = Read("""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>C</title></channel><item><title>RSS 0.90</title><link>https://j.example/3</link></item></rdf:RDF>""");

        (old[0].Title, old[0].Url, old[0].ListedOn, old[0].Authors[0]).ShouldBe(("An old one", "https://j.example/1", new LocalDate(2026, 3, 9), "Jane Doe"));
        (rdf[0].Title, rdf[0].Url, rdf[0].ListedOn).ShouldBe(("In RDF", "https://j.example/2", new LocalDate(2026, 3, 8)));
        (early[0].Title, early[0].Url).ShouldBe(("RSS 0.90", "https://j.example/3"));
    }

    [Theory]
    [InlineData("windows-1252", "Müller – “quotes”")]
    [InlineData("ISO-8859-1", "Müller à la carte")]
    [InlineData("iso-8859-2", "Řehoř Šťastný")]
    [InlineData("iso-8859-15", "Œuvre à 5 €")]
    [InlineData("windows-1251", "Глубокое обучение")]
    [InlineData("windows-1250", "Łódź i Kraków")]
    [InlineData("KOI8-R", "Нейронные сети")]
    [InlineData("GB2312", "深度学习")]
    [InlineData("gb18030", "深度學習")]
    [InlineData("Shift_JIS", "深層学習")]
    [InlineData("EUC-JP", "深層学習")]
    [InlineData("EUC-KR", "딥러닝 기반")]
    [InlineData("Big5", "深度學習")]
    [InlineData("UTF-16", "深度 Müller")]
    [InlineData("utf-16BE", "深度 Müller")]
    [InlineData("utf-32", "深度 Müller")]
    [InlineData("utf-32BE", "深度 Müller")]
    public void Letters_are_those_of_the_declared_code(string encoding, string title)
    {
        var text = $"<?xml version=\"1.0\" encoding=\"{encoding}\"?><rss version=\"2.0\"><channel><title>C</title><item><title>{title}</title></item></channel></rss>";
        var code = Encoding.GetEncoding(encoding);
        byte[] octets = [.. code.GetPreamble(), .. code.GetBytes(text)];

        Read(octets).Papers.ShouldHaveSingleItem().Title.ShouldBe(title);
    }

    [Theory]
    [InlineData("UTF-8")]
    [InlineData("ISO-8859-1")]
    [InlineData("utf-7")]
    [InlineData("UTF-32")]
    [InlineData(null)]
    public void A_wrong_or_missing_declaration_is_seen_through(string? declared)
    {
        var head = declared is null ? "" : $"<?xml version=\"1.0\" encoding=\"{declared}\"?>";
        byte[] western = Encoding.GetEncoding("windows-1252").GetBytes(head + "<rss><channel><item><title>Müller’s word</title></item></channel></rss>");
        byte[] utf8 = Encoding.UTF8.GetBytes(head + "<rss><channel><item><title>Müller’s word</title></item></channel></rss>");

        Read(western).Papers.ShouldHaveSingleItem().Title.ShouldBe("Müller’s word");
        Read(utf8).Papers.ShouldHaveSingleItem().Title.ShouldBe("Müller’s word");
    }

    [Theory]
    [InlineData("windows-1251", "", "windows-1251", "Глубокое обучение")]
    [InlineData("windows-1251", "", "\"Windows-1251\"", "Глубокое обучение")]
    [InlineData("windows-1251", "<?xml version='1.0' encoding='windows-1251'?>", "iso-8859-1", "Глубокое обучение")]
    [InlineData("utf-8", "", "windows-1251", "Глубокое обучение")]
    [InlineData("windows-1252", "", "no-such-code", "Müller’s word")]
    [InlineData("windows-1252", "", "utf-8", "Müller’s word")]
    public void Where_a_document_declares_nothing_its_letters_are_those_that_the_server_names(string encoding, string head, string charset, string title) =>
        Read(Encoding.GetEncoding(encoding).GetBytes($"{head}<rss><channel><item><title>{title}</title></item></channel></rss>"), charset: charset)
            .Papers.ShouldHaveSingleItem().Title.ShouldBe(title);

    [Fact]
    public void A_feed_that_mentions_arXiv_is_not_arXivs()
    {
        var (papers, _) = Rss("<item><title>A journal's</title><link>https://j.example/1</link><description>&lt;a href=\"https://arxiv.org/abs/2401.00001\"&gt;preprint&lt;/a&gt;</description></item>");
        var (own, _) = Read("""<rss version="2.0"><channel><link>http://rss.arxiv.org/rss/cs.CL</link><item><title>Of arXiv</title><link>https://arxiv.org/abs/2603.00001</link></item></channel></rss>""");

        (papers[0].Source, papers[0].ArxivId).ShouldBe(("feed", null));
        own[0].Source.ShouldBe("arxiv");
    }

    [Theory]
    [InlineData("Tue, 03 Feb 2026 08:00:00 Z", "2026-02-03T08:00:00Z")]
    [InlineData("Tue, 03 Feb 2026 08:00:00 PST", "2026-02-03T16:00:00Z")]
    [InlineData("Tue, 03 Feb 2026 08:00:00 +02:00", "2026-02-03T06:00:00Z")]
    [InlineData("Tue, 03 Feb 26 08:00:00 GMT", "2026-02-03T08:00:00Z")]
    [InlineData("Mon, 03 Feb 2026 08:00:00 GMT", "2026-02-03T08:00:00Z")]
    [InlineData("03 Feb 2026", "2026-02-03T00:00:00Z")]
    [InlineData("2026-02-03T08:00:00+0000", "2026-02-03T08:00:00Z")]
    [InlineData("2026-02-03 08:00:00 +0000", "2026-02-03T08:00:00Z")]
    [InlineData("2026-02", "2026-02-01T00:00:00Z")]
    [InlineData("February 3, 2026", "2026-02-03T00:00:00Z")]
    [InlineData("2026/02/03", "2026-02-03T00:00:00Z")]
    [InlineData("Tue,  03 Feb 2026 08:00:00 GMT", "2026-02-03T08:00:00Z")]
    [InlineData("Tue, 03 Feb 2026 08:00:00", "2026-02-03T08:00:00Z")]
    [InlineData("2026-02-03T08:00:00.123456789Z", "2026-02-03T08:00:00.123456Z")]
    [InlineData("Tue Feb  3 08:00:00 2026", "2026-02-03T08:00:00Z")]
    [InlineData("Tue Feb  3 08:00:00 EST 2026", "2026-02-03T13:00:00Z")]
    [InlineData("Tue, 03 Feb 2026 08:00:00 -0000", "2026-02-03T08:00:00Z")]
    [InlineData("2026-02-03T08:00:00 Z", "2026-02-03T08:00:00Z")]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z")]
    [InlineData("Di, 03 Feb 2026 08:00:00 GMT", "2026-02-03T08:00:00Z")]
    [InlineData("Tue, 05 Feb 2019 8:05:00 GMT", "2019-02-05T08:05:00Z")]
    [InlineData("Tue, 3 February 2026 08:00 GMT", "2026-02-03T08:00:00Z")]
    [InlineData("Tuesday, 03-Feb-26 08:00:00 GMT", "2026-02-03T08:00:00Z")]
    [InlineData("3 Sept 2026 08:00:00 EDT", "2026-09-03T12:00:00Z")]
    [InlineData("Sept. 3, 2026", "2026-09-03T00:00:00Z")]
    [InlineData("03 Mär 2026 08:00:00 +0100", "2026-03-03T07:00:00Z")]
    [InlineData("mar., 3 févr. 2026 08:00:00 CET", "2026-02-03T07:00:00Z")]
    [InlineData("3 de febrero de 2026", "2026-02-03T00:00:00Z")]
    [InlineData("Feb 3 2026 8:05 PM", "2026-02-03T20:05:00Z")]
    [InlineData("Tue, 03 Feb 2026 08:00:00 GMT+0100 (CET)", "2026-02-03T07:00:00Z")]
    [InlineData("2026-02-03T08:00Z", "2026-02-03T08:00:00Z")]
    [InlineData("2026-02-03T08:00:00", "2026-02-03T08:00:00Z")]
    [InlineData("2026-02-03T08:00:00-05", "2026-02-03T13:00:00Z")]
    [InlineData("20260203T080000Z", "2026-02-03T08:00:00Z")]
    [InlineData("20260203", "2026-02-03T00:00:00Z")]
    [InlineData("03.02.2026", "2026-02-03T00:00:00Z")]
    [InlineData("2026年2月3日", "2026-02-03T00:00:00Z")]
    [InlineData("February 2026", "2026-02-01T00:00:00Z")]
    [InlineData("2026", "2026-01-01T00:00:00Z")]
    [InlineData("2026-2-3", "2026-02-03T00:00:00Z")]
    [InlineData("2026-02-03 08:00:00 UTC", "2026-02-03T08:00:00Z")]
    [InlineData("2026-02-03 08:00:00.5 Europe/Berlin", "2026-02-03T07:00:00.5Z")]
    [InlineData("2026-02-03 08:00:00 Mars/Olympus", null)]
    [InlineData("2026-02-30", null)]
    [InlineData("31 Feb 2026", null)]
    [InlineData("yesterday", null)]
    [InlineData("Tue, 03 Foo 2026 08:00:00 GMT", null)]
    [InlineData("2026-13-01T00:00:00Z", null)]
    [InlineData("in press", null)]
    [InlineData("03/02/2026", null)]
    [InlineData("0000-00-00 00:00:00", null)]
    public void Dates_are_read_in_every_form_that_feeds_use(string written, string? expected) =>
        (Moments.TryParse(written) is { } moment ? NodaTime.Text.InstantPattern.ExtendedIso.Format(moment) : null).ShouldBe(expected, written);

    [Fact]
    public void A_date_that_cannot_be_read_is_told_and_only_an_absent_one_falls_back()
    {
        var (papers, document) = Read("""
            <rss version="2.0"><channel><title>C</title><pubDate>Mon, 09 Mar 2026 08:00:00 +0000</pubDate>
            <item><title>Unreadable</title><pubDate>the other day</pubDate></item>
            <item><title>Absent</title></item>
            <item><title>Empty</title><pubDate> </pubDate></item>
            <item><title>To come</title><pubDate>Mon, 01 Jun 2026 00:00:00 GMT</pubDate></item>
            <item><title>Old</title><pubDate>Tue, 05 Feb 2019 8:05:00 GMT</pubDate></item></channel></rss>
            """);

        papers.Select(paper => (paper.Title, paper.ListedOn)).ShouldBe(
        [
            ("Absent", new LocalDate(2026, 3, 9)), ("Empty", new LocalDate(2026, 3, 9)), ("To come", new LocalDate(2026, 3, 20)), ("Old", new LocalDate(2019, 2, 5)),
        ]);
        var rejection = document.Rejections.ShouldHaveSingleItem();
        (rejection.Line, rejection.Reason).ShouldBe((2, "Its date “the other day” cannot be read."));
    }

    [Theory]
    [InlineData("<author>jdoe@example.org (Jane Doe)</author>", "Jane Doe")]
    [InlineData("<author>Jane Doe &lt;jdoe@example.org&gt;</author>", "Jane Doe")]
    [InlineData("<author>Jane Doe</author>", "Jane Doe")]
    [InlineData("<author>jdoe@example.org</author>", "")]
    [InlineData("<author>noreply@example.org (Jane Doe and Max Muster)</author>", "Jane Doe|Max Muster")]
    [InlineData("<dc:creator>Jane Doe and Max Muster</dc:creator>", "Jane Doe|Max Muster")]
    [InlineData("<dc:creator>Doe, Jane; Muster, Max</dc:creator>", "Jane Doe|Max Muster")]
    [InlineData("<dc:creator>Doe, Jane</dc:creator>", "Jane Doe")]
    [InlineData("<dc:creator>Doe, Jane</dc:creator><dc:creator>van der Maaten, L.</dc:creator>", "Jane Doe|L. van der Maaten")]
    [InlineData("<dc:creator>One, A., Two, B. C.</dc:creator>", "A. One|B. C. Two")]
    [InlineData("<dc:creator>Doe, Jane, Muster, Max, Li, Wei</dc:creator>", "Jane Doe|Max Muster|Wei Li")]
    [InlineData("<dc:creator>Jane Doe, Max Muster, Li Wei</dc:creator>", "Jane Doe|Max Muster|Li Wei")]
    [InlineData("<dc:creator>Jane Doe, Max Muster</dc:creator>", "Jane Doe|Max Muster")]
    [InlineData("<dc:creator>Jane Doe, Ph.D., Max Muster, M.D.</dc:creator>", "Jane Doe|Max Muster")]
    [InlineData("<dc:creator>Jane Doe¹,², Max Muster²* &amp; Li Wei1,3</dc:creator>", "Jane Doe|Max Muster|Li Wei")]
    [InlineData("<dc:creator>Jane Doe, Max Muster, et al.</dc:creator>", "Jane Doe|Max Muster")]
    [InlineData("<dc:creator>Doe, Jane and Muster, Max</dc:creator>", "Jane Doe|Max Muster")]
    [InlineData("<dc:creator>García Márquez, Gabriel</dc:creator>", "Gabriel García Márquez")]
    [InlineData("<dc:creator>Downey, Robert, Jr.</dc:creator>", "Robert Downey Jr.")]
    [InlineData("<dc:creator>Doe, Jane Mary</dc:creator>", "Jane Mary Doe")]
    [InlineData("<dc:creator>Doe, Jane Mary, van der Berg, Max, O'Neil, Ann</dc:creator>", "Jane Mary Doe|Max van der Berg|Ann O'Neil")]
    [InlineData("<dc:creator>Smith-Jones, Anna Maria and McDonald, Peter James</dc:creator>", "Anna Maria Smith-Jones|Peter James McDonald")]
    [InlineData("<dc:creator>Doe J, Muster M</dc:creator>", "Doe J|Muster M")]
    [InlineData("<dc:creator>Doe J, Muster MA, Li W, Wang Y</dc:creator>", "Doe J|Muster MA|Li W|Wang Y")]
    [InlineData("<dc:creator>Jane Doe et al.</dc:creator>", "Jane Doe")]
    [InlineData("<dc:creator>Jane Doe, et al</dc:creator>", "Jane Doe")]
    [InlineData("<dc:creator>Doe, Jane, et al.</dc:creator>", "Jane Doe")]
    [InlineData("<dc:creator>Doe, Jane; and Muster, Max</dc:creator>", "Jane Doe|Max Muster")]
    [InlineData("<dc:creator>Doe, Jane, and Max Muster</dc:creator>", "Jane Doe|Max Muster")]
    [InlineData("<dc:creator>Doe, Jane, Max Muster, and Li Wei</dc:creator>", "Jane Doe|Max Muster|Li Wei")]
    [InlineData("<dc:creator>Jane Doe &lt;jane@x.example&gt;, Max Muster &lt;max@x.example&gt;</dc:creator>", "Jane Doe|Max Muster")]
    [InlineData("<dc:creator>Dr. Jane Doe, Prof. Dr. Max Muster</dc:creator>", "Jane Doe|Max Muster")]
    [InlineData("<dc:creator>By Jane Doe and Max Muster</dc:creator>", "Jane Doe|Max Muster")]
    [InlineData("<dc:creator>Jane Doe on behalf of the XYZ Consortium</dc:creator>", "Jane Doe|the XYZ Consortium")]
    [InlineData("<atom:author><atom:name>Jane Doe</atom:name></atom:author>", "Jane Doe")]
    [InlineData("<author>Jane Doe</author><atom:author><atom:name>Max Muster</atom:name></atom:author>", "Jane Doe")]
    [InlineData("<dc:creator>OpenAI, Jane Doe</dc:creator>", "OpenAI|Jane Doe")]
    [InlineData("<dc:creator>DeepSeek-AI, Jane Doe</dc:creator>", "DeepSeek-AI|Jane Doe")]
    [InlineData("<dc:creator>张伟</dc:creator>", "张伟")]
    [InlineData("", "")]
    public void Authors_are_people_in_reading_order(string fields, string expected) =>
        string.Join('|', Rss($"<item><title>T</title>{fields}</item>").Papers.ShouldHaveSingleItem().Authors).ShouldBe(expected);

    [Theory]
    [InlineData("Jane Doe (1), Max Muster (2) ((1) University A, (2) University B)", "Jane Doe|Max Muster")]
    [InlineData("Jane Doe (University A, City, Country), Max Muster", "Jane Doe|Max Muster")]
    [InlineData("Jane Doe, Max Muster\n and Li Wei", "Jane Doe|Max Muster|Li Wei")]
    [InlineData("Jane Doe, Max Muster, and Li Wei", "Jane Doe|Max Muster|Li Wei")]
    [InlineData("ATLAS Collaboration: Jane Doe, Max Muster", "ATLAS Collaboration|Jane Doe|Max Muster")]
    [InlineData("Robert Downey, Jr., Max Muster, Sr., Li Wei, 3rd", "Robert Downey Jr.|Max Muster Sr.|Li Wei 3rd")]
    [InlineData("Jane Doe (1 and 2), Max Muster (2) ((1) Univ. (East), (2) Lab)", "Jane Doe|Max Muster")]
    [InlineData("Plato, Socrates", "Plato|Socrates")]
    [InlineData("", "")]
    public void ArXivs_lists_of_authors_are_taken_apart(string names, string expected) =>
        string.Join('|', AuthorList.Split(names, isGivenFirst: true)).ShouldBe(expected);

    [Fact]
    public void Reported_feeds_are_read()
    {
        var folder = SharedData.Require("data/reported");
        var expected = new Dictionary<string, string>
        {
            ["atom-link-first.xml"] = "f04 atom link first|https://journal.example/f04",
            ["crash-ampersand.xml"] = "f14 Q&A|https://journal.example/f14",
            ["encoding-a.xml"] = "f09a Müller – “quotes”|https://journal.example/f09a",
            ["encoding-e.xml"] = "f09e 深度学习|https://journal.example/f09e",
            ["encoding-f.xml"] = "f09f utf16|https://journal.example/f09f",
            ["guid-only.xml"] = "f05 guid only|https://journal.example/f05",
            ["inline-markup.xml"] = "f01 Role of E. coli in CO2 uptake|https://journal.example/f01",
            ["less-than.xml"] = "f37 p<0.05 and x<y|https://journal.example/f37",
            ["media-title.xml"] = "f03 The real title|https://journal.example/f03",
            ["mentions-arxiv.xml"] = "f24 A journal item that mentions arXiv|https://journal.example/f24",
            ["relative-link.xml"] = "f06|https://journal.example/articles/f06",
        };
        foreach (var (file, what) in expected)
        {
            var paper = Read(File.ReadAllBytes(Path.Combine(folder, file))).Papers.ShouldHaveSingleItem(file);
            $"{paper.Title}|{paper.Url}".ShouldBe(what, file);
        }

        Read(File.ReadAllBytes(Path.Combine(folder, "inline-paragraphs.xml"))).Papers[0].Abstract.ShouldBe("Unescaped bold para. Second.");
        Read(File.ReadAllBytes(Path.Combine(folder, "feed-dates.xml"))).Papers.Count.ShouldBe(20);
    }

    [Theory]
    [InlineData("\"author\":{\"name\":\"Jane Doe\"}", "Jane Doe")]
    [InlineData("\"authors\":[{\"name\":\"Jane Doe\"},{\"name\":\"Muster, Max\"}]", "Jane Doe|Max Muster")]
    [InlineData("\"authors\":[{\"name\":\"Jane Doe and Max Muster\"}]", "Jane Doe|Max Muster")]
    [InlineData("\"author\":{\"name\":\"J. Doe\"},\"authors\":[{\"name\":\"Jane Doe\"}]", "Jane Doe")]
    [InlineData("\"author\":{\"url\":\"https://j.example/\"}", "")]
    public void A_JSON_feed_names_its_people_as_either_version_does(string fields, string expected) =>
        string.Join('|', JsonFeed($$"""{"title":"T",{{fields}}}""").Papers.ShouldHaveSingleItem().Authors).ShouldBe(expected);

    [Theory]
    [InlineData("\"id\":\"42\"", null)]
    [InlineData("\"id\":\"urn:uuid:42\"", null)]
    [InlineData("\"id\":\"https://lab.example/43\"", "https://lab.example/43")]
    [InlineData("\"id\":\"42\",\"url\":\"/p/44\"", "https://lab.example/p/44")]
    [InlineData("\"id\":\"42\",\"external_url\":\"https://other.example/45\"", "https://other.example/45")]
    public void The_id_of_an_item_is_its_link_only_where_it_is_an_address(string fields, string? url) =>
        Read($$"""{"version":"https://jsonfeed.org/version/1.1","title":"J","items":[{"title":"T",{{fields}}}]}""", new Uri("https://lab.example/feed.json")).Papers.ShouldHaveSingleItem().Url.ShouldBe(url);

    [Fact]
    public void Half_a_character_leaves_a_JSON_feed_readable() =>
        JsonFeed("""{"title":"Broken \ud83d smile","tags":["\ude00"]},{"t\ud83d":1,"title":"Sound"}""").Papers.Select(paper => paper.Title).ShouldBe(["Broken smile", "Sound"]);

    private static (List<PaperDraft> Papers, SourceDocument Document) JsonFeed(string items) =>
        Read($$"""{"version":"https://jsonfeed.org/version/1","title":"Journal","items":[{{items}}]}""");

    private static (List<PaperDraft> Papers, SourceDocument Document) Rss(string items) => Read(
        $"<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:media=\"http://search.yahoo.com/mrss/\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>Journal</title><link>https://journal.example/</link>\n{items}</channel></rss>");

    private static (List<PaperDraft> Papers, SourceDocument Document) Read(string text, Uri? address = null) =>
        Read(Encoding.UTF8.GetBytes(text), address);

    private static (List<PaperDraft> Papers, SourceDocument Document) Read(byte[] octets, Uri? address = null, string? charset = null)
    {
        var document = new SourceDocument { Name = "test", Now = Now, Address = address, Charset = charset };
        var format = PaperFormat.Detect(new MemoryStream(octets));
        return (format.Read(new MemoryStream(octets), document).ToList(), document);
    }
}
