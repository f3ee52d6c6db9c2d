using NodaTime;

namespace DigestService.Mails.Languages;

/// <summary>Chinese in simplified characters.</summary>
internal sealed class Chinese : Language
{
    private static readonly string[] Weekdays = ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"];

    public override string Tag => "zh";
    public override string PageTag => "zh-Hans";
    public override string Name => "中文";
    protected override string Thousands => ",";
    protected override string Comma => "、";
    // Names are mostly in Latin letters. Each letter beyond ASCII takes eight octets in the HTML and nine in the text, so that what stands with each paper is said in few of them.
    protected override string AuthorComma => ", ";

    public override string Day(LocalDate day) => $"{ShortDay(day)}{Weekdays[(int)day.DayOfWeek - 1]}";
    public override string ShortDay(LocalDate day) => $"{day.Month}月{day.Day}日";
    public override string Moment(LocalDateTime moment) => $"{Day(moment.Date)} {moment.Hour:00}:{moment.Minute:00}";

    public override string List(IReadOnlyList<string> items) =>
        items.Count < 2 ? string.Concat(items) : $"{string.Join("、", items.SkipLast(1))}和{items[^1]}";

    public override string AndMore(string these, int more) => $"{these}等，另有 {Number(more)} 项";
    protected override string AndMoreAuthors(string these, int more) => $"{these} 等，另有 {Number(more)} 人";
    public override string Papers(int count) => $"{Number(count)} 篇论文";
    public override string Upvotes(int count) => $"{Number(count)} 个赞";
    public override string UpvotesGained(int count) => $"较昨天 +{Number(count)}";
    public override string Sentences(string first, string second) => first + second;
    public override string Labelled(string label, string value) => $"{label}：{value}";
    public override string LabelledLink(string label, string url) => $"{label}: {url}";

    public override string DigestSubject(string topTitle, int others) =>
        others == 0 ? $"1 篇论文：{topTitle}" : $"{topTitle} 及另外 {Papers(others)}";

    public override string QuietSubject(LocalDate day) => $"{Day(day)}：您的主题没有新论文";
    public override string DigestHeading(LocalDate day) => $"{Day(day)}为您精选";
    public override string SharedHeading(LocalDate day) => $"{Day(day)}论文精选";
    public override string SharedSummary(int papers) => $"来自一份分享的摘要，共 {Papers(papers)}。";

    public override string Summary(DigestSummary summary, DigestSpan span)
    {
        var parts = summary.Topics.Select(topic => $"{topic.Topic} {Number(topic.Papers)} 篇").ToList();
        if (summary.MoreTopics > 0)
            parts.Add($"另外 {Number(summary.MoreTopics)} 个主题 {Number(summary.OnMoreTopics)} 篇");
        if (summary.ByFollowed > 0)
            parts.Add($"您关注的作者 {Number(summary.ByFollowed)} 篇");
        if (summary.Others > 0)
            parts.Add($"{(summary.NamesNone ? "" : "更多")}推荐 {Number(summary.Others)} 篇");
        if (summary.Outside > 0)
            parts.Add($"其他热门 {Number(summary.Outside)} 篇");
        var total = $"{Within(span)}共 {Papers(summary.Papers)}";
        return parts.Count == 1 && summary.Topics is [var only] ? $"{total}，主题为{QuoteTopic(only.Topic)}。" : $"{total}：{string.Join('，', parts)}。";
    }

    public override string SummaryOfTrending(int papers, DigestSpan span) =>
        $"{Within(span)}最受关注的 {Papers(papers)}。";

    public override string SummaryOfNewest(int papers) => $"最新的 {Papers(papers)}。";

    public override string FirstDigest => "欢迎，这是您的第一封摘要。每篇论文下方都可以选择“多来点”或“少来点”，下一封会据此调整。";

    public override string Missed(LocalDate lastDigestOn, LocalDate since, int papers) =>
        $"欢迎回来。您上一封摘要是在{ShortDay(lastDigestOn)}。自{ShortDay(since)}以来，您的主题" + (papers == 0
            ? "没有论文因篇幅而略去。"
            : $"另有 {Papers(papers)} 未能放入本邮件。");

    public override string QuietDay => "我们查看了所有新列出的论文，没有一篇属于您的主题。请享受片刻清静，我们会继续留意。";
    public override string QuietDayTrending(DigestSpan span) => $"{Within(span)}您的主题没有新论文，以下是其他人正在读的论文。";
    public override string OnYourTopics => "您的主题";
    public override string MoreForYou => "更多推荐";
    public override string OutsideYourTopics => "主题之外的热门论文";
    public override string TrendingNow => "当前热门";
    public override string Newest => "最新论文";
    public override string LeftOut(int papers) => $"还有 {Papers(papers)}未能放入本邮件，请在浏览器中阅读。";

    public override string NewsOfSaved => "您收藏的论文有新消息";
    public override string HasCodeNow => "现已有代码";
    public override string HasNewVersion => "有新版本";
    public override string AndMoreNews(int papers) => $"另有 {Number(papers)} 篇";

    public override string Why => "理由";
    public override string InShort => "简而言之（由机器撰写）";
    public override string NoAbstract => "暂无摘要。";
    public override string PaperLink => "论文";
    public override string PdfLink => "PDF";
    public override string CodeLink => "代码";
    public override string ProjectLink => "项目";
    public override string MoreLikeThis => "多来点";
    public override string LessLikeThis => "少来点";
    public override string Save => "收藏";
    protected override string Matched(string topic, IReadOnlyList<string> terms) =>
        terms.Count == 0 ? $"主题“{topic}”" : $"主题“{topic}” ({string.Join(", ", terms)})";

    protected override string Near(string topic, IReadOnlyList<string> terms) => $"接近主题“{topic}” ({string.Join(", ", terms)})";

    protected override string Close(string quotedTopic, string quotedSentence) => $"意思接近{quotedTopic}{(quotedSentence.Length == 0 ? "" : $"：{quotedSentence}")}";

    protected override string UpvotedWithin(int count, int hours) => hours <= 0 ? $"获得 {Upvotes(count)}" : $"{Number(hours)} 小时内 {Upvotes(count)}";
    protected override string Listed(string? listing, int position, LocalDate? day) =>
        $"{(listing is null ? "" : $"{listing} ")}{(day is { } other ? ShortDay(other) : "当日")}列表第 {position} 位";
    protected override string Resembles(string quotedTitle) => $"与您喜欢或收藏的{quotedTitle}相似";
    protected override string ByFollowed(string author) => $"作者 {author} 是您关注的人";
    protected override string Outside(DigestSpan span) => $"您的主题之外{(span == DigestSpan.Day ? "当日" : "本周")}最受关注的论文之一";
    protected override string FromOutside => "在您的主题之外";
    protected override string LikedBySimilar => "与您品味相近的读者喜欢";
    protected override string New(DigestSpan span) => $"{Within(span)}新列出";
    private static string Within(DigestSpan span) => span == DigestSpan.Day ? "今天" : "本周";
    public override string Quote(string title) => $"《{title}》";
    public override string QuoteWords(string words) => $"“{words}”";

    public override string WhyYouGetThis(string address, string site) => $"您收到此邮件，是因为 {address} 订阅了 {site}。";
    public override string AsOneOfList(string list) => $"您是列表{QuoteWords(list)}中的一个地址；退订只对您自己生效。";
    public override string YourTopics => "您的主题";
    public override string ChangeTopics => "更改主题";
    public override string Pause => "暂停";
    public override string Unsubscribe => "退订";
    public override string ViewInBrowser => "在浏览器中查看";
    public override string AnswerHint => "回复本邮件即可调整下一期：“+3 -5”表示多要第 3 篇那样的、少要第 5 篇那样的；还可以写“收藏 2”“为什么 4”“暂停 2 周”或“帮助”。";
    public override string Cite => "引用这些论文";

    public override ServiceWords Service { get; } = new()
    {
        ConfirmSubject = "请确认您的订阅",
        ConfirmHeading = "只差一次点击",
        ConfirmText = site => $"有人（希望是您本人）请求 {site} 每天向此地址发送最相关的论文。请确认您愿意接收。",
        ConfirmButton = "确认订阅",
        ConfirmByAnswer = "回复本邮件（内容不限）同样表示确认。",
        ConfirmExpiry = days => $"链接 {days} 天内有效。",
        ConfirmNotYou = "如果不是您本人，请忽略此邮件：没有这次点击，我们不会再打扰您。",
        OwnQueries = count => $"{count} 个自定义查询",
        AlreadySubject = "您已经订阅",
        AlreadyHeading = "您已经订阅",
        AlreadyText = site => $"有人（希望是您本人）在 {site} 再次输入了此地址。一切照旧，您的摘要会继续按时送达。",
        AlreadyNotYou = "如果不是您本人，无需任何操作。",
        WelcomeSubject = site => $"欢迎订阅 {site}",
        WelcomeHeading = "订阅成功",
        WelcomeText = moment => $"您的第一封摘要将于{moment}送达。",
        WelcomeHow = "每封摘要只包含对您最重要的几篇论文，并说明选择的理由。主题、时间、日期和篇数都可以由您更改。",
        PreferencesSubject = "您的偏好设置链接",
        PreferencesHeading = "您的偏好设置",
        PreferencesText = site => $"您向 {site} 索取了偏好设置的链接，请见下方。",
        PreferencesButton = "打开偏好设置",
        PreferencesKeep = "此链接仅供您本人使用：任何持有者都能更改您的订阅。",
        PreferencesNotYou = "如果您没有索取，请忽略此邮件。",
        AnswerSubject = "您的邮件处理结果",
        AnswerHeading = "您的邮件处理结果",
        AnswerHelp = "您可以用邮件发送以下命令，每行一个",
        Commands =
        [
            new("help", "显示此列表"),
            new("preferences", "获取更改设置的链接"),
            new("pause", "暂停摘要，直到您恢复"),
            new("resume", "恢复摘要"),
            new("unsubscribe", "立即退订"),
            new("订阅 / 确认", "订阅；然后回复收到的邮件"),
            new("主题", "有哪些主题"),
            new("add cs.LG, diffusion-models", "关注一个类别或主题；del 取消"),
            new("query \"retrieval AND agents\"", "自己的查询"),
            new("mute blockchain", "不要含有该词的论文"),
            new("start 2512.09363", "您喜欢的论文，写编号或链接，写在同一行或下面几行：与之相符的内容"),
            new("zone Asia/Shanghai · at 07:30", "何时寄来；也可写 daily、weekdays、weekly、每周一"),
            new("max 5 · language zh", "多少篇、用什么语言"),
            new("暂停 2 周", "这段时间不寄，或到周一、到 2026-12-24"),
            new("状态", "订阅的情况"),
            new("今天", "现在就寄今天的一期"),
            new("+3 -5 · 收藏 2 · 为什么 4", "回复某一期，按编号评论其中的论文"),
            new("change new@example.org", "换一个地址"),
            new("export · erase", "我们保存的您的信息；删除它"),
        ],
        Outcome = outcome => outcome switch
        {
            CommandOutcome.Help => "命令列表见下方。",
            CommandOutcome.ConfirmationSent => "带有确认链接的邮件已发出。",
            CommandOutcome.PreferencesSent => "下方的按钮会打开您的偏好设置。",
            CommandOutcome.Unsubscribed => "完成：您的订阅已结束。",
            CommandOutcome.Paused => "完成：摘要已暂停，直到您恢复。",
            CommandOutcome.Resumed => "完成：摘要已恢复。",
            CommandOutcome.TopicsChanged => "完成：您的主题已更改。",
            CommandOutcome.Confirmed => "完成：订阅开始。",
            CommandOutcome.Changed => "完成。",
            CommandOutcome.Told => "如下：",
            CommandOutcome.Noted => "已记录。",
            CommandOutcome.TodayComing => "今天的一期正在发送。",
            CommandOutcome.TodayHad => "今天的一期您已经收到了。",
            CommandOutcome.ProofAsked => "已向您的地址发信，询问这是否出自您本人。",
            CommandOutcome.MoveAsked => "如果新地址可以接收您的摘要，我们会发信征求它的同意。",
            CommandOutcome.Erased => "完成：我们保存的您的一切信息都已删除。",
            CommandOutcome.Refused => "此项未执行。",
            CommandOutcome.NotConfirmed => "您的订阅尚未确认，因此没有任何更改：请回复确认邮件，或发送“subscribe”再收一封。",
            CommandOutcome.NotSubscribed => "此地址没有订阅，因此没有任何更改。",
            CommandOutcome.NotRead => "一封邮件只读取以下行数：",
            _ => "我们不认识这个命令。",
        },
        AnswerPlace = line => line == 0 ? "位于邮件主题中。" : $"位于第 {line} 行。",
        AnswerExample = example => $"例如：{example}",
        RequestSubject = "请确认您邮件中的请求",
        RequestHeading = "是您本人吗？",
        RequestText = "有一封以您名义发出的邮件向我们提出了下列请求。回复本邮件（内容不限）即予执行。如果不是您本人，请忽略本邮件：一切不变。",
        MoveText = "有读者请求今后把摘要寄到这个地址。回复本邮件（内容不限）即表示同意。如果您不知情，请忽略本邮件：一切不变。",
        PausedSubject = "您的摘要已暂停",
        PausedHeading = "已暂停",
        PausedText = until => until is null ? "您的摘要已暂停，直到您恢复为止。" : $"您的摘要暂停至{until}，之后会自动恢复。",
        ResumeButton = "立即恢复",
        GoodbyeSubject = "您已退订",
        GoodbyeHeading = "再见",
        GoodbyeText = site => $"您对 {site} 的订阅已结束。这是您收到的最后一封邮件。",
        GoodbyeReturn = "如果想念我们，欢迎随时重新订阅",
        AddressSubject = "请确认您的新地址",
        AddressHeading = "将摘要寄到此地址？",
        AddressText = site => $"有人（希望是您本人）请求今后将 {site} 的摘要寄到此地址。请确认您愿意在此接收。",
        AddressButton = "是，寄到这里",
        MovedSubject = "您的摘要将寄往另一个地址",
        MovedHeading = "新地址",
        MovedText = site => $"您在 {site} 的订阅已转到另一个地址，该地址已同意。这是寄往此地址的最后一封邮件。",
        MovedNotYou = "如果不是您本人，您可以重新订阅",
    };
}
