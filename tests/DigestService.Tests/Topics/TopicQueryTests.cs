using System.Text;
using DigestService.Relevance;
using DigestService.Topics;

namespace DigestService.Tests.Topics;

public sealed class TopicQueryTests
{
    private static readonly IndexedPaper Lora = IndexedPaper.Of(new PaperText
    {
        Id = 1,
        Title = "LoRA: Low-Rank Adaptation of Large Language Models",
        Abstract = "We propose fine-tuning adapters for GPT-3.5 and state-of-the-art LLMs, written in C++. "
            + "Behaviour optimisation is naïve; diffusion models of Schrödinger bridges, $\\alpha$-divergence, \\textbf{bold} 强化学习.",
        Authors = ["Edward J. Hu", "Bengio, Yoshua", "Robert Downey Jr."],
        Categories = ["cs.CL", "stat.ML"],
        Organization = "Microsoft Research Asia",
    });

    [Theory]
    [InlineData("lora")]
    [InlineData("adapter")]
    [InlineData("language model")]
    [InlineData("\"large language models\"")]
    [InlineData("“low rank adaptation”")]
    [InlineData("low-rank")]
    [InlineData("lowrank")]
    [InlineData("finetuning")]
    [InlineData("fine-tune")]
    [InlineData("\"finetuning adapters\"")]
    [InlineData("gpt-3.5")]
    [InlineData("\"state of the art\"")]
    [InlineData("llm")]
    [InlineData("c++")]
    [InlineData("behavior optimization")]
    [InlineData("naive schrodinger")]
    [InlineData("alpha-divergence")]
    [InlineData("α-divergence")]
    [InlineData("bold")]
    [InlineData("学习")]
    [InlineData("强化学习")]
    [InlineData("title:lora")]
    [InlineData("title:(rank OR protein)")]
    [InlineData("author:hu")]
    [InlineData("author:\"Y. Bengio\"")]
    [InlineData("author:\"Hu, Edward\"")]
    [InlineData("author:\"Robert Downey\"")]
    [InlineData("author:\"Downey, R. Jr.\"")]
    [InlineData("author:Downey")]
    [InlineData("author:bengio OR protein")]
    [InlineData("cat:cs.CL")]
    [InlineData("cat:cs.* lora")]
    [InlineData("cat:stat")]
    [InlineData("org:microsoft")]
    [InlineData("org:\"microsoft research\"")]
    [InlineData("protein OR lora")]
    [InlineData("lora -protein")]
    [InlineData("(protein OR lora) (adapter AND rank)")]
    [InlineData("the lora")]
    public void Finds_the_paper(string text) => QueryMatcher.IsMatch(Parse(text), Lora).ShouldBeTrue();

    [Theory]
    [InlineData("protein")]
    [InlineData("lora protein")]
    [InlineData("\"language large models\"")]
    [InlineData("\"adaptation large\"")]
    [InlineData("\"adaptation for large\"")]
    [InlineData("state-for-the-art")]
    [InlineData("\"C++ behaviour\"")]
    [InlineData("optimal")]
    [InlineData("textbf")]
    [InlineData("c")]
    [InlineData("title:divergence")]
    [InlineData("title:\"diffusion models\"")]
    [InlineData("author:lora")]
    [InlineData("author:\"Samy Bengio\"")]
    [InlineData("author:\"Edward Bengio\"")]
    [InlineData("author:\"Sam Downey Jr.\"")]
    [InlineData("cat:cs.C")]
    [InlineData("cat:math")]
    [InlineData("org:google")]
    [InlineData("lora -adapter")]
    [InlineData("lora OR protein -adapter")]
    [InlineData("lora -(protein OR adapter)")]
    [InlineData("学强")]
    public void Leaves_the_paper_out(string text) => QueryMatcher.IsMatch(Parse(text), Lora).ShouldBeFalse();

    [Theory]
    [InlineData("B1 a1", "a1 b1")]
    [InlineData("beta OR alpha OR Beta", "alpha OR beta")]
    [InlineData("(beta) (alpha OR gamma)", "(alpha OR gamma) beta")]
    [InlineData("“Low  Rank”", "\"low rank\"")]
    [InlineData("Low-Rank", "low-rank")]
    [InlineData("U.S.", "US")]
    [InlineData("M.I.T. and i.i.d.", "MIT iid")]
    [InlineData("E(n)-Equivariant", "\"e n equivariant\"")]
    [InlineData("\"the On-Device models of\"", "\"on-device models\"")]
    [InlineData("-x y", "y -x")]
    [InlineData("the cat AND a hat", "cat hat")]
    [InlineData("a1 OR (b1 -c1)", "a1 OR (b1 -c1)")]
    [InlineData("a1 OR b1 -c1", "(a1 OR b1) -c1")]
    [InlineData("a1 (b1 (c1 d1))", "a1 b1 c1 d1")]
    [InlineData("title:(b1 OR a1)", "title:a1 OR title:b1")]
    [InlineData("author:\"Bengio, Yoshua\"", "author:\"yoshua bengio\"")]
    [InlineData("cat:cs.*", "cat:cs")]
    [InlineData("Café", "cafe")]
    public void Equal_queries_have_one_canonical_text(string text, string canonical)
    {
        Parse(text).Canonical.ShouldBe(canonical);
        Parse(canonical).Canonical.ShouldBe(canonical);
    }

    [Theory]
    [InlineData("author:\"Bengio, Yoshua\"", "yoshua bengio")]
    [InlineData("(author:hu)", "hu")]
    [InlineData("author:hu lora", null)]
    [InlineData("author:hu OR author:bengio", null)]
    [InlineData("author:hu -lora", null)]
    [InlineData("hu", null)]
    public void A_query_for_one_author_and_nothing_else_names_whom_its_writer_follows(string text, string? author) =>
        Parse(text).SoleAuthor.ShouldBe(author);

    [Theory]
    [InlineData("", 0, "empty")]
    [InlineData("the of", 6, "no word")]
    [InlineData("lora \"rank", 5, "never closed")]
    [InlineData("(lora", 0, "never closed")]
    [InlineData("lora)", 4, "closes nothing")]
    [InlineData("a1 ()", 3, "nothing between")]
    [InlineData("OR lora", 0, "before")]
    [InlineData("lora OR", 5, "after")]
    [InlineData("a1 OR OR b1", 6, "before")]
    [InlineData("-lora", 0, "what you want")]
    [InlineData("a1 OR -b1 (-c1)", 11, "what you want")]
    [InlineData("abstract:lora", 0, "“abstract”")]
    [InlineData("title: ", 0, "right after")]
    [InlineData("title:(author:x)", 7, "inside another")]
    [InlineData("author:!!!", 7, "no searchable")]
    public void A_wrong_query_gets_a_sentence_that_points_at_the_place(string text, int position, string says)
    {
        TopicQuery.TryParse(text, out _, out var error).ShouldBeFalse();

        error.Position.ShouldBe(position);
        error.Message.ShouldContain(says);
        error.Pointing(text).Split('\n')[^1].IndexOf('^', StringComparison.Ordinal).ShouldBe(position + 2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300)]
    [InlineData(901)]
    public void Of_a_long_query_what_stands_around_the_place_is_shown(int words)
    {
        var text = string.Concat(Enumerable.Repeat("𝛼 ", words)) + "OR (lora " + string.Concat(Enumerable.Repeat("𝛽 ", 300 - Math.Min(words, 300)));
        TopicQuery.TryParse(text, out _, out var error).ShouldBeFalse();

        var lines = error.Pointing(text).Split('\n');

        lines.Length.ShouldBe(3);
        lines[1].Length.ShouldBeLessThan(90);
        lines[1].EnumerateRunes().ShouldNotContain(Rune.ReplacementChar);
        var place = lines[2].IndexOf('^', StringComparison.Ordinal);
        lines[2].Length.ShouldBeLessThanOrEqualTo(Math.Max(lines[1].Length, place + 1));
        if (error.Position < text.Length)
            lines[1][place].ShouldBe(text[error.Position]);
    }

    [Theory]
    [InlineData("diffusion NOT image")]
    [InlineData("diffusion not image")]
    [InlineData("diffusion AND NOT image")]
    [InlineData("diffusion and not image")]
    [InlineData("diffusion ANDNOT image")]
    [InlineData("diffusion BUT NOT image")]
    [InlineData("diffusion but not image")]
    [InlineData("diffusion !image")]
    [InlineData("diffusion - image")]
    [InlineData("diffusion – image")]
    [InlineData("diffusion —image")]
    [InlineData("diffusion − image")]
    [InlineData("diffusion －image")]
    [InlineData("diffusion --image")]
    [InlineData("diffusion NOT (image OR video)")]
    [InlineData("diffusion NOT \"image diffusion\"")]
    [InlineData("diffusion !\"image diffusion\"")]
    [InlineData("diffusion -title:image")]
    [InlineData("NOT image diffusion")]
    [InlineData("diffusion －（image OR video）")]
    [InlineData("（diffusion OR flow），molecules")]
    [InlineData("diffusion、molecules")]
    [InlineData("！image；diffusion")]
    [InlineData("diffusion －「image diffusion」")]
    [InlineData("diffus＊ -image")]
    public void Every_way_to_say_not_shuts_out(string text)
    {
        QueryMatcher.IsMatch(Parse(text), Paper("Diffusion for molecules")).ShouldBeTrue();
        QueryMatcher.IsMatch(Parse(text), Paper("Image diffusion for faces")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("cat OR dog")]
    [InlineData("cat or dog")]
    [InlineData("cat | dog")]
    [InlineData("cat || dog")]
    [InlineData("cat|dog")]
    [InlineData("(cat)||(dog)")]
    [InlineData("\"a cat\"|\"a dog\"|bird")]
    [InlineData("cat｜dog")]
    [InlineData("cat ＯＲ dog")]
    [InlineData("（cat OR dog）")]
    [InlineData("title：cat OR title：dog")]
    public void Every_way_to_say_or_takes_either(string text)
    {
        QueryMatcher.IsMatch(Parse(text), Paper("A cat")).ShouldBeTrue();
        QueryMatcher.IsMatch(Parse(text), Paper("A dog")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("C++", "C++ code generation", "C code generation")]
    [InlineData("C++", "Features of C++17", "C# code generation")]
    [InlineData("c#", "C# code generation", "C++ code generation")]
    [InlineData(".NET", "The .NET runtime", "Neural net pruning")]
    [InlineData(".net", "ASP.NET pages", "A net at example.net")]
    [InlineData("A*", "A* search for planning", "A local search for planning")]
    [InlineData("\"A* search\"", "We use A* search to plan", "A search")]
    [InlineData("I/O", "I/O efficient training", "Sorting in O(n log n)")]
    [InlineData("AT&T", "Networks of AT&T", "At the T junction")]
    [InlineData("R&D", "R&D spending", "D and R")]
    [InlineData("CO2", "CO$_2$ point sources", "Carbon in 2 countries")]
    [InlineData("CO₂", "CO2 capture", "CO in cities, 2 of them")]
    [InlineData("CO$_2$", "CO₂ capture", "CO capture")]
    [InlineData("co_2", "Detection of CO$_{2}$", "CO and NO")]
    [InlineData("PM2.5", "PM$_{2.5}$ in cities", "PM in cities")]
    [InlineData("U²-Net", "U$^2$-Net compared", "U-Net compared")]
    [InlineData("u2-net", "U²-Net compared", "A net for u")]
    [InlineData("R2", "R$^2$ scores", "R scores")]
    [InlineData("WHO", "WHO guidelines", "Those who guide")]
    [InlineData("IT", "IT security for hospitals", "Why it works")]
    [InlineData("\"CAN bus\"", "CAN bus intrusion detection", "A school bus can stop")]
    [InlineData("CAN bus", "Attacks on the CAN bus", "Each bus can be attacked")]
    [InlineData("US", "US courts", "Help us")]
    [InlineData("U.S.", "US courts", "U-Nets help us")]
    [InlineData("U.S.", "Courts in the U.S.", "Units")]
    [InlineData("US", "Courts of the U.S. decide", "You and S. Clara")]
    [InlineData("\"U.S. courts\"", "In U.S. courts", "In the U.S. Then courts")]
    [InlineData("U.S.-based", "US-based firms", "Firms based on us")]
    [InlineData("N.L.P.", "NLP for law", "N, L and P")]
    [InlineData("\"open ie\"", "An Open IE system", "Open questions")]
    [InlineData("NLP", "N.L.P. for law", "Law")]
    [InlineData("diffusion, i.e. images", "Images by diffusion", "Diffusion of text")]
    [InlineData("iid", "An i.i.d. sample", "Another sample")]
    [InlineData("M.I.T. license", "The MIT license", "License of M.")]
    [InlineData("J.P. Morgan", "JP Morgan’s forecasts", "P. J. Morgan")]
    [InlineData("E(n)-equivariant", "E(n)-equivariant networks", "E and n of other networks")]
    [InlineData("SE(3)-equivariant", "An SE(3) equivariant flow", "Equivariant flows in SE of 3")]
    [InlineData("SE(3)", "SE(3) poses", "SE of 3 models")]
    [InlineData("O(n)", "Sorting in O(n)", "On and on")]
    [InlineData("cat NOT(dog)", "cat", "cat and dog")]
    [InlineData("on-device", "On-device inference", "Mobile devices at the edge")]
    [InlineData("on-device", "Models that run on devices", "Turn it on. Devices matter")]
    [InlineData("on-device", "Ondevice inference", "Device")]
    [InlineData("off-policy", "Training data that are off-policy", "Policy planning")]
    [InlineData("one-step", "One step generation", "Multi-step recipes")]
    [InlineData("under-resourced", "Speech for under-resourced languages", "High-resource languages")]
    [InlineData("out-of-distribution", "Out-of-distribution scenes", "Distribution matching")]
    [InlineData("\"on-device models\"", "Small on-device models", "Device models")]
    [InlineData("\"the on-device models\"", "Small on-device models", "Device models")]
    [InlineData("\"opt-in to\"", "Opt-in for readers", "Options to opt")]
    [InlineData("\"of the device\"", "Devices", "On")]
    [InlineData("finetuning", "Fine tuning language models", "A fine model, tuning nothing")]
    [InlineData("fine tuning", "Finetuning language models", "Tuning")]
    [InlineData("tuning fine", "Finetuning language models", "Tuning")]
    [InlineData("fine-tuning", "Fine tuning language models", "Refine tunes")]
    [InlineData("\"fine tuning\"", "Finetuning language models", "Tuning fine")]
    [InlineData("pretraining", "Pre training at scale", "Training before")]
    [InlineData("multi modal", "Multimodal agents", "A modal window")]
    [InlineData("Llama3", "Tuning Llama 3", "Three llamas")]
    [InlineData("Qwen2.5", "Qwen 2.5 at work", "Qwen. 2.5 times as fast")]
    [InlineData("SAM2 tracking", "Tracking with SAM 2", "Tracking with SAM in 2 steps")]
    [InlineData("GPT4o", "GPT 4o at work", "GPT 4 at work")]
    [InlineData("3D", "3D scenes", "Equation 3 D")]
    [InlineData("node.js", "NodeJS servers", "Nodes of JS")]
    [InlineData("2:4 sparsity", "Sparsity of 2:4", "Sparsity in 24 layers")]
    [InlineData("「flow matching」", "Flow matching", "Matching a flow")]
    [InlineData("neuro*", "Neuromorphic chips", "Neural chips")]
    [InlineData("title:trans*", "Transfer learning", "Training")]
    [InlineData("(neuro* OR trans*) -chips", "Neurosymbolic rules", "Neuromorphic chips")]
    public void Marks_capitals_and_spellings_keep_their_meaning(string text, string found, string left)
    {
        QueryMatcher.IsMatch(Parse(text), Paper(found)).ShouldBeTrue();
        QueryMatcher.IsMatch(Parse(text), Paper(left)).ShouldBeFalse();

        var canonical = Parse(text).Canonical;
        Parse(canonical).Canonical.ShouldBe(canonical);
        QueryMatcher.IsMatch(Parse(canonical), Paper(found)).ShouldBeTrue();
        QueryMatcher.IsMatch(Parse(canonical), Paper(left)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("WHO", "WHO guidelines", "Those who guide")]
    [InlineData("finetuning", "Fine tuning of models", "Fine models")]
    [InlineData("C++", "C++ programs", "C programs")]
    [InlineData("CO2", "CO$_2$ capture", "Capture")]
    [InlineData("neuro*", "Neuroscience of sleep", "Neutral sleep")]
    [InlineData("AIME", "Scores on AIME 2025", "We aim at less")]
    [InlineData("CLIP Score", "CLIP scores", "Clipped scores")]
    [InlineData("Clip", "Clipping", "Cropping")]
    [InlineData("GPU", "Trained on GPUs", "Trained")]
    [InlineData("U.S.", "US elections", "U-Nets")]
    public void Muted_words_are_read_alike(string muted, string hidden, string shown)
    {
        var kept = MutedText.Kept(muted).ShouldNotBeNull();

        new PaperTable([Paper(hidden)]).Muted(kept).IsIn(0).ShouldBeTrue();
        new PaperTable([Paper(shown)]).Muted(kept).IsIn(0).ShouldBeFalse();
    }

    [Theory]
    [InlineData("Survey", "survey")]
    [InlineData("LLM Agents", "LLM agents")]
    [InlineData("DURING", "DURING")]
    public void Of_muted_words_names_keep_their_capitals(string muted, string kept) => MutedText.Kept(muted).ShouldBe(kept);

    [Theory]
    [InlineData("lora NOT", 5, "belongs after it")]
    [InlineData("lora -", 5, "belongs after it")]
    [InlineData("lora - OR rank", 5, "belongs after it")]
    [InlineData("lora NOT NOT rank", 5, "belongs after it")]
    [InlineData("lora (rank NOT)", 11, "belongs after it")]
    [InlineData("lora !!!", 5, "nothing to search for")]
    [InlineData("lora +++", 5, "nothing to search for")]
    [InlineData("lora 🙂", 5, "nothing to search for")]
    [InlineData("n*", 0, null)]
    [InlineData("*former", 0, "end of a word")]
    [InlineData("trans*er", 0, "end of a word")]
    [InlineData("\"neural net*\"", 0, "end of a word")]
    public void What_is_not_understood_is_refused_with_its_place(string text, int position, string? says)
    {
        // A letter with a star is a word, as A* is.
        TopicQuery.TryParse(text, out _, out var error).ShouldBe(says is null);

        if (says is not null)
        {
            error!.Position.ShouldBe(position);
            error.Message.ShouldContain(says);
        }
    }

    [Theory]
    [InlineData("LoRA: Low-Rank Adaptation of Large Language Models")]
    [InlineData("Title: of a thing")]
    [InlineData("abstract:lora rank")]
    [InlineData("Attention! Is it all? ★ ***")]
    [InlineData("https://example.org/x:y z")]
    public void A_pasted_text_is_words(string text)
    {
        TopicQuery.TryParsePasted(text, out var query, out var error).ShouldBeTrue(error?.Message);

        query!.IsPlainText.ShouldBeTrue();
    }

    [Fact]
    public void Size_and_depth_are_bounded()
    {
        TopicQuery.TryParse(new string('a', TopicQuery.LongestText + 1), out _, out var tooLong).ShouldBeFalse();
        TopicQuery.TryParse(new string('(', 20) + "a1" + new string(')', 20), out _, out var tooDeep).ShouldBeFalse();
        TopicQuery.TryParse(string.Join(' ', Enumerable.Range(1, 65).Select(i => $"w{i}")), out _, out var tooMany).ShouldBeFalse();

        tooLong.Position.ShouldBe(TopicQuery.LongestText);
        tooDeep.Message.ShouldContain("nested");
        tooMany.Message.ShouldContain("64");
    }

    [Fact]
    public void The_words_of_a_match_are_quoted_from_the_paper()
    {
        var match = QueryMatcher.Match(Parse("finetune OR \"low rank adaptations\" author:bengio"), Lora, CatalogueStatistics.Empty)!;

        match.Terms.ShouldBe(["Low-Rank Adaptation", "fine-tuning", "Bengio, Yoshua"], ignoreOrder: true);
        match.Relevance.ShouldBeInRange(0.1, 1);
    }

    [Theory]
    [InlineData("\"kv cache\"", "Keys and values in a (KV) cache", "(KV) cache")]
    [InlineData("\"reasoning chain\"", "Better reasoning (chain-of-thought) for all", "reasoning (chain-of-thought)")]
    [InlineData("\"visual question\"", "On (textual and visual) questions", "(textual and visual) questions")]
    [InlineData("\"cache of\"", "a) a cache, b) a key", "cache")]
    public void Words_are_quoted_with_the_brackets_that_they_open_or_close(string text, string title, string quoted) =>
        QueryMatcher.Match(Parse(text), Paper(title), CatalogueStatistics.Empty).ShouldNotBeNull().Terms.ShouldBe([quoted]);

    [Theory]
    [InlineData("AIME", "We aim at what others aimed at", false)]
    [InlineData("AIME", "Scores on AIME 2025", true)]
    [InlineData("aime", "Scores on AIME 2025", true)]
    [InlineData("CLIP", "Clipping ratios that are clipped", false)]
    [InlineData("clip", "Clipping ratios", true)]
    [InlineData("CLIP", "CLIP's cousins", true)]
    [InlineData("CLIP", "A FG-CLIP-based clip", true)]
    [InlineData("CLIPS", "CLIP at work", true)]
    [InlineData("BIAS", "Biases of judges", true)]
    [InlineData("LOSS", "Two losses", true)]
    [InlineData("CITY", "Cities at night", true)]
    [InlineData("\"CLIP score\"", "Clipped scores", false)]
    [InlineData("\"CLIP score\"", "The CLIP scores", true)]
    [InlineData("LLM", "Large models (LLMs) and MLLMs", true)]
    [InlineData("DALLE", "On DALL-E", true)]
    [InlineData("LIDAR", "Lidar and lidars", true)]
    [InlineData("GPU", "Training on GPUs", true)]
    [InlineData("GPUs", "A GPU at work", true)]
    [InlineData("gpus", "A multi-GPU node", true)]
    [InlineData("PDE", "Solving PDEs", true)]
    [InlineData("VLAs", "A VLA model", true)]
    [InlineData("ACT robot", "A robot acting", false)]
    [InlineData("robot -ACT", "A robot acting", true)]
    [InlineData("title:ACT", "Acting", false)]
    [InlineData("REINFORCEMENT", "Reinforcements", true)]
    public void A_word_in_capitals_is_a_name_that_has_a_plural_and_no_other_ending(string text, string title, bool isMatch)
    {
        (QueryMatcher.Match(Parse(text), Paper(title), CatalogueStatistics.Empty) is not null).ShouldBe(isMatch);
        // It is one when it is read again as it is stored.
        (QueryMatcher.Match(Parse(Parse(text).Canonical), Paper(title), CatalogueStatistics.Empty) is not null).ShouldBe(isMatch);
    }

    [Theory]
    [InlineData("on-device", "Models that run on devices", "on devices")]
    [InlineData("one-step", "One step generation", "One step")]
    [InlineData("\"opt-in\"", "Readers opt in by mail", "opt in")]
    [InlineData("\"the on-device models\"", "Small models on device, and on-device models", "on-device models")]
    public void Words_are_quoted_with_the_stop_words_that_a_hyphen_holds_to_them(string text, string title, string quoted) =>
        QueryMatcher.Match(Parse(text), Paper(title), CatalogueStatistics.Empty).ShouldNotBeNull().Terms.ShouldBe([quoted]);

    [Fact]
    public void A_title_says_more_than_an_abstract_and_near_words_more_than_distant_ones()
    {
        var query = Parse("protein folding");
        double Relevance(string title, string body) => QueryMatcher.Match(
            query, IndexedPaper.Of(new PaperText { Id = 1, Title = title, Abstract = body }), CatalogueStatistics.Empty)!.Relevance;
        var filler = string.Join(' ', Enumerable.Repeat("nothing", 60));

        var inTitle = Relevance("Protein folding", filler);
        var near = Relevance("Untitled", $"{filler} protein folding");
        var far = Relevance("Untitled", $"protein {filler} folding");

        inTitle.ShouldBeGreaterThan(near);
        near.ShouldBeGreaterThan(far);
    }

    private static IndexedPaper Paper(string title) => IndexedPaper.Of(new PaperText { Id = 2, Title = title });

    private static TopicQuery Parse(string text)
    {
        TopicQuery.TryParse(text, out var query, out var error).ShouldBeTrue(error?.Message);
        return query!;
    }
}
