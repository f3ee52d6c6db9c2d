using NodaTime;

namespace DigestService.Mails.Gallery;

/// <summary>Invented papers: ordinary ones, and those that break layouts.</summary>
internal static class GalleryPapers
{
    private static readonly LocalDate Listed = new(2026, 3, 5);

    /// <summary>Papers as most days bring them.</summary>
    public static readonly IReadOnlyList<MailPaper> Ordinary =
    [
        Paper(1, "Small Models, Long Errands: Training Compact Agents to Finish What They Start", ["Mira Okafor", "Jonas Feld", "Wei Lin", "Ana Ribeiro", "Tom Hale", "Priya Nair", "Lars Holm"], 412, 96,
            "Agents built on compact language models lose the thread of long tasks. We train a 3B model on its own abandoned runs, cut at the step where the goal was last in view, and let it resume from there. On errands of more than fifty steps it finishes 2.4 times as often as before, e.g. when a site changes under its hands. Fig. 3 shows that most of the gain comes from learning when to look back."),
        Paper(2, "Retrieval That Knows When to Stay Silent", ["Helene Brandt", "Kofi Mensah"], 188, 41,
            "A retriever always returns something, and a language model believes it. We give the retriever a calibrated way to return nothing. Answers grounded in irrelevant passages fall by two thirds at no cost in recall."),
        Paper(3, "Sparse Attention Learns Where the Sentence Ends", ["Yuki Tanaka", "Elena Petrova", "Samuel Ortiz"], 121, null,
            "We look at what learned sparse attention patterns keep. Heads that survive pruning cluster at clause boundaries, whatever the language. A fixed pattern built on that observation matches the learned one."),
        Paper(4, "Benchmarks Go Stale: Measuring the Half-Life of Evaluation Sets", ["Ingrid Solberg", "David Cohen", "Fatima Zahra", "Luis Romero", "Chen Yu"], 97, 12,
            "How long does a benchmark measure anything? We date 60 evaluation sets by the overlap of their items with later crawls, and fit a half-life of 14 months. Sets whose answers are computed rather than written last three times as long."),
        Paper(5, "Diffusion Policies for Cloth: Folding Without a Model of Folds", ["Marco Bianchi", "Sofia Lund", "Arjun Mehta", "Grace Kim"], 64, 8,
            "Cloth has too many states to model and people fold it without thinking. We learn a diffusion policy from 40 minutes of teleoperation and a few hours of failure. It folds shirts it has never seen."),
        Paper(6, "What Reviewers Upvote: Ten Years of Paper Popularity", ["Nadia Haddad"], 58, 3,
            "Upvotes follow the hour of posting, the length of the title and, somewhat, the paper. We separate the three."),
        Paper(7, "Quantised but Honest: Calibration After Compression", ["Peter Vogel", "Amara Diallo", "Rui Costa"], 33, null,
            "Compressing a model to four bits keeps its accuracy and ruins its confidence. A single temperature per layer, fitted on unlabelled text, restores it."),
        Paper(8, "A Gentle Protein Language Model", ["Lucia Moretti", "Ben Adams", "Keiko Sato", "Olu Adeyemi", "Jan Novak", "Mei Chen"], 29, 2,
            "Protein language models are large because their vocabulary is small. Merging residues that evolution exchanges freely gives a model a tenth the size with the same contact maps."),
    ];

    /// <summary>Papers that no layout was drawn for.</summary>
    public static readonly IReadOnlyList<MailPaper> Awkward =
    [
        Paper(21, "On the Simultaneous and Mutually Reinforcing Effects of Curriculum Order, Tokeniser Granularity, Positional Encoding Extrapolation, Optimiser State Quantisation and Late-Stage Data Repetition upon the Emergence, Persistence and Eventual Disappearance of In-Context Learning in Very Long-Running Pretraining Experiments",
            [.. Enumerable.Range(1, 80).Select(n => $"Author Number {n}")], 12_345, 1_024,
            "The title says it all. Nothing was found."),
        Paper(22, "מודלי שפה גדולים בעברית: הערכה מחודשת של BERT ו־GPT", ["נועה לוי", "דוד כהן"], 17, null,
            "אנו בוחנים מחדש את ביצועיהם של מודלי שפה גדולים בעברית. התוצאות מפתיעות."),
        Paper(23, "面向长文本的高效注意力机制：一种基于稀疏激活的统一框架及其在多语言检索增强生成中的应用", ["王小明", "李华", "张伟"], 230, 30,
            "本文提出一种面向长文本的高效注意力机制。该方法在多语言检索增强生成任务上显著优于现有方法。我们公开了代码和数据。"),
        Paper(24, "Bounding \\(\\mathcal{O}(n^{2}\\log n)\\) Attention: when $\\|QK^\\top\\|_\\infty \\le \\varepsilon$ & why < matters >", ["J. von Neumann", "É. Galois"], 5, null,
            "We show that $\\operatorname{softmax}(QK^\\top/\\sqrt{d})$ is $\\varepsilon$-close to low rank if, e.g., $d > 64$. See Eq. 4 et al. The converse fails."),
        Paper(25, "A Paper Without an Abstract", [], 0, null, null),
        Paper(26, "<script>alert(\"title\")</script> & Co: Escaping 'Everything' </a></td></table>", ["Robert \"); drop table Students;--", "<b>Bold</b>"], 1, 1,
            "</p><img src=\"https://tracker.invalid/open.gif\"> An abstract with markup in it. It stays what it is: text."),
        Paper(27, "Pneumonoultramicroscopicsilicovolcanoconiosis/Hippopotomonstrosesquippedaliophobia/Supercalifragilisticexpialidocious_v2_final_FINAL(3)", ["X"], 2, null,
            "One_word_without_any_space_that_is_longer_than_every_line_of_every_mail_program_that_ever_was_and_still_goes_on_and_on."),
    ];

    /// <summary>A day with far more than fits.</summary>
    public static IReadOnlyList<MailPaper> Fifty =>
        [.. Enumerable.Range(0, 50).Select(n => Ordinary[n % Ordinary.Count] with { Id = 100 + n, Title = $"{Ordinary[n % Ordinary.Count].Title}, Part {n + 1}" })];

    private static MailPaper Paper(long id, string title, string[] authors, int upvotes, int? gained, string? summary) => new()
    {
        Id = id,
        Title = title,
        Authors = authors,
        Abstract = summary,
        ArxivId = $"2603.{10_000 + id}",
        Url = $"https://arxiv.org/abs/2603.{10_000 + id}",
        PdfUrl = $"https://arxiv.org/pdf/2603.{10_000 + id}",
        CodeUrl = id % 2 == 1 ? $"https://github.com/example/paper-{id}" : null,
        ProjectUrl = id % 4 == 1 ? $"https://paper-{id}.example.org/" : null,
        Upvotes = upvotes,
        UpvotesGained = gained,
        FirstListedOn = Listed,
    };
}
