using System.CommandLine;
using DigestService.Admin.Keys;
using DigestService.Delivery;
using DigestService.Digests;
using DigestService.Hosting;
using DigestService.Platform;
using DigestService.Relevance.Evaluation;
using DigestService.Sources;
using DigestService.Subscribers;
using DigestService.Suppressions;
using DigestService.Topics;

namespace DigestService.Tests.Platform;

/// <summary>What is wrong with a command line is told before anything is done, in words of ours.</summary>
public sealed class VerbUsageTests
{
    private static readonly RootCommand Root = new()
    {
        PapersVerb.Create(), SubscriberVerbs.Create(), OutboxVerb.Create(), TopicsFeature.Verb(), KeysVerb.Create(), RankVerb.Create(),
        DigestsVerb.Create(), SuppressionsVerb.Create(), ServeVerb.Create(),
    };

    private static readonly RootCommand Whole = new()
    {
        Verb.Json, Verb.Verbose, PapersVerb.Create(), SubscriberVerbs.Create(), OutboxVerb.Create(), TopicsFeature.Verb(), KeysVerb.Create(), RankVerb.Create(),
    };

    [Theory]
    [InlineData("papers list --limit abc", "--limit: 'abc' is no whole number of 0 or more.")]
    [InlineData("papers list --limit -1", "--limit: '-1' is no whole number of 0 or more.")]
    [InlineData("papers list --limit 99999999999", "--limit: '99999999999' is no whole number from 0 to 2147483647.")]
    [InlineData("papers embed --most -3", "--most: '-3' is no whole number of 0 or more.")]
    [InlineData("papers unhide x", "ID: 'x' is no whole number of 1 or more.")]
    [InlineData("subscribers list --limit -1", "--limit: '-1' is no whole number of 0 or more.")]
    [InlineData("subscribers list --limit 1.5", "--limit: '1.5' is no whole number of 0 or more.")]
    [InlineData("outbox retry --limit x", "--limit: 'x' is no whole number of 1 or more.")]
    [InlineData("outbox retry --limit 0", "--limit: '0' is no whole number of 1 or more.")]
    [InlineData("topics test words --days 0", "--days: '0' is no whole number from 1 to 3660.")]
    [InlineData("topics test words --days x", "--days: 'x' is no whole number from 1 to 3660.")]
    [InlineData("keys add name --days x", "--days: 'x' is no whole number from 1 to 3650.")]
    [InlineData("keys revoke x", "id: 'x' is no whole number of 1 or more.")]
    [InlineData("rank eval-users folder --learn-from -1", "--learn-from: '-1' is no whole number of 0 or more.")]
    [InlineData("rank eval-users folder --seed x", "--seed: 'x' is no whole number of 0 or more.")]
    public void A_number_that_cannot_be_used_is_wrong_usage_and_told_without_a_type_of_the_framework(string line, string says) =>
        Root.Parse(line).Errors.Select(error => error.Message).ShouldBe([says]);

    [Theory]
    [InlineData("papers fetch arxiv --from 2026-02-30", "--from: '2026-02-30' is no day such as 2026-01-31.")]
    [InlineData("papers fetch arxiv --from 9999-12-31", "--from: '9999-12-31' is not from 1900 to 2199.")]
    [InlineData("papers fetch arxiv --from 2026-02-02 --to 2026-02-01", "--from must not be after --to.")]
    [InlineData("papers import x --listed-on 0001-01-01", "--listed-on: '0001-01-01' is not from 1900 to 2199.")]
    [InlineData("papers import x --format nope", "--format: 'nope' is none of auto, listing, hf, arxiv-atom, arxiv-rss, oai, jsonl, feed, json-feed, recorded.")]
    [InlineData("papers list --listed-on \"\"", "--listed-on: '' is no day such as 2026-01-31.")]
    [InlineData("papers add --title T --listed-on zz", "--listed-on: 'zz' is no day such as 2026-01-31.")]
    [InlineData("papers add --title \" \"", "--title: It has no title.")]
    [InlineData("papers add --title T --arxiv x", "--arxiv: “x” is no arXiv id such as 2512.09363.")]
    [InlineData("papers edit 7 --url x", "--url: “x” is no http or https address.")]
    [InlineData("outbox kill zz", "DATE: 'zz' is no day such as 2026-01-31.")]
    [InlineData("outbox retry --failed --day tomorrow", "--day: 'tomorrow' is no day such as 2026-01-31.")]
    [InlineData("outbox dismiss --day 9999-12-31", "--day: '9999-12-31' is not from 1900 to 2199.")]
    [InlineData("digests why ada@reader.example zz", "date: 'zz' is no day such as 2026-01-31.")]
    [InlineData("digests why nobody 2026-01-31", "'nobody' is not a mail address.")]
    [InlineData("digests preview \"\"", "'' is not a mail address.")]
    [InlineData("digests preview ada@reader.example --out \"\"", "--out: name a folder.")]
    [InlineData("suppressions review zz --count", "DATE: 'zz' is no day such as 2026-01-31.")]
    [InlineData("suppressions review 2026-01-31", "Say --count or --dismiss.")]
    [InlineData("suppressions review 2026-01-31 --count --dismiss", "Say --count or --dismiss.")]
    [InlineData("suppressions list --since zz", "--since: 'zz' is no day such as 2026-01-31.")]
    [InlineData("suppressions lift", "Say which: an address, a file of addresses, --reason or --since.")]
    [InlineData("suppressions lift --reason zz", "--reason: 'zz' is none of bounced, complained, operator, unsubscribed, erased.")]
    [InlineData("subscribers erase nobody", "'nobody' is not a mail address.")]
    [InlineData("subscribers add ada@reader.example nobody --list lab", "'nobody' is not a mail address.")]
    [InlineData("subscribers add ada@reader.example bob@reader.example", "Several addresses are added with --list NAME; without it, one at a time.")]
    [InlineData("subscribers add ada@reader.example --list lab --confirmed --returning", "--returning takes one address, without --list; put the reader on the list afterwards.")]
    [InlineData("subscribers list --state zz", "--state: 'zz' is none of pending, active, paused, unsubscribed, suppressed.")]
    [InlineData("keys add name --scope zz", "--scope: 'zz' is none of read, operate.")]
    [InlineData("serve --roles ,", "--roles: name at least one of web, plan, send, inbound, ingest, or leave it out for all.")]
    [InlineData("serve --roles zz", "--roles: 'zz' is none of web, plan, send, inbound, ingest.")]
    public void A_value_that_cannot_be_what_is_asked_for_is_wrong_usage_and_told_in_one_sentence(string line, string says) =>
        Root.Parse(line).Errors.Select(error => error.Message).ShouldBe([says]);

    [Theory]
    [InlineData("papers fetch arxiv --from 2026-02-01 --to 2026-02-01")]
    [InlineData("papers edit 7 --url \"\"")]
    [InlineData("suppressions list --since 2026-01-31T07:00:00+01:00")]
    [InlineData("suppressions lift ada@reader.example")]
    [InlineData("suppressions lift --since 2026-01-31 --reason bounced")]
    [InlineData("subscribers add ada@reader.example bob@reader.example --list lab")]
    [InlineData("outbox retry --failed --day 2026-01-31")]
    [InlineData("papers list --limit 0")]
    [InlineData("papers list")]
    [InlineData("papers embed")]
    [InlineData("outbox retry --failed --limit 1")]
    [InlineData("topics test words --days 3660")]
    [InlineData("keys revoke 7")]
    public void A_value_that_can_be_used_is_taken(string line) => Root.Parse(line).Errors.ShouldBeEmpty();

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("1969-12-31T23:59:59Z")]
    [InlineData("2200-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    public void A_moment_in_which_no_calendar_can_count_on_is_wrong_usage(string moment) =>
        Root.Parse($"subscribers add ada@reader.example --now {moment}").Errors.Select(error => error.Message).ShouldBe([$"--now: '{moment}' is not from 1970 to 2199."]);

    [Theory]
    [InlineData("outbox release --dry-run")]
    [InlineData("outbox release --day 2026-03-02")]
    [InlineData("outbox release --limit 5")]
    public void A_release_that_chooses_mails_but_not_which_never_ends_the_hold_of_all(string line) =>
        Root.Parse(line).Errors.ShouldHaveSingleItem().Message.ShouldBe(
            "--day, --limit and --dry-run choose mails: they need --failed or --unknown. Without them 'outbox release' ends the hold of all sending.");

    [Theory]
    [InlineData("subscribers add ada@reader.example --returning", "--returning needs --confirmed: without it the reader gets a mail and decides.")]
    [InlineData("outbox hold --because \"\"", "--because: say why in a few words, or leave it out.")]
    [InlineData("outbox hold --because \" \"", "--because: say why in a few words, or leave it out.")]
    public void An_option_that_would_do_nothing_is_told(string line, string says) => Root.Parse(line).Errors.ShouldHaveSingleItem().Message.ShouldBe(says);

    [Theory]
    [InlineData("subscribers add ada@reader.example --returning --confirmed")]
    [InlineData("outbox hold")]
    [InlineData("outbox hold --because Wrong")]
    [InlineData("outbox release")]
    [InlineData("outbox release --failed --day 2026-03-02 --limit 5 --dry-run")]
    [InlineData("outbox release --unknown --dry-run")]
    [InlineData("outbox retry --dry-run")]
    public void A_line_that_says_what_it_means_is_taken(string line) => Root.Parse(line).Errors.ShouldBeEmpty();

    [Theory]
    [InlineData("nonsense", "'nonsense' cannot follow 'digest': write one of papers, subscribers, outbox, topics, keys, rank.")]
    [InlineData("nonsense --json", "'nonsense' cannot follow 'digest': write one of papers, subscribers, outbox, topics, keys, rank.")]
    [InlineData("Topics list", "'Topics' cannot follow 'digest': write one of papers, subscribers, outbox, topics, keys, rank.")]
    [InlineData("--bogus", "'--bogus' cannot follow 'digest': write one of papers, subscribers, outbox, topics, keys, rank.")]
    [InlineData("--bogus topics list", "'digest topics list' has no option --bogus; it takes --json, --verbose.")]
    [InlineData("", "'digest' says too little: write one of papers, subscribers, outbox, topics, keys, rank behind it.")]
    [InlineData("topics", "'digest topics' says too little: write one of list, test behind it.")]
    [InlineData("topics --json", "'digest topics' says too little: write one of list, test behind it.")]
    [InlineData("topics nonsense", "'nonsense' cannot follow 'digest topics': write one of list, test.")]
    [InlineData("topics nonsense more -x", "'nonsense' cannot follow 'digest topics': write one of list, test.")]
    [InlineData("topics --limit 3", "'--limit' cannot follow 'digest topics': write one of list, test.")]
    [InlineData("topics list --limit", "'digest topics list' has no option --limit; it takes --json, --verbose.")]
    [InlineData("topics list extra", "'digest topics list' does not take 'extra'; 'digest topics list --help' says what it takes.")]
    [InlineData("topics list --json=perhaps", "'digest topics list' does not take 'perhaps'; 'digest topics list --help' says what it takes.")]
    [InlineData("topics test", "'digest topics test' says too little: write QUERY behind it.")]
    [InlineData("papers import", "'digest papers import' says too little: write PATH behind it.")]
    [InlineData("papers list --limit", "--limit says too little: write a value behind it.")]
    [InlineData("papers add --title", "--title says too little: write a value behind it.")]
    [InlineData("papers add --title T --arxiv", "--arxiv says too little: write a value behind it.")]
    [InlineData("papers edit 7 --doi", "--doi says too little: write a value behind it.")]
    [InlineData("subscribers add ada@reader.example --list", "--list says too little: write a value behind it.")]
    [InlineData("outbox release --limit", "--limit says too little: write a value behind it.")]
    [InlineData("papers add --title T --title U", "--title is there more than once: write it once.")]
    [InlineData("papers list --limit 1 --limit 2", "--limit is there more than once: write it once.")]
    [InlineData("outbox hold --because one --because two", "--because is there more than once: write it once.")]
    [InlineData("topics test caf\uFFFD", "'caf\uFFFD' is not UTF-8: write it in that encoding.")]
    [InlineData("papers add --title caf\uFFFD --limit 3", "'caf\uFFFD' is not UTF-8: write it in that encoding.")]
    public void What_cannot_be_read_of_a_line_is_told_in_one_sentence_with_what_can_be_written(string line, string says) =>
        VerbUsage.Faults(Whole.Parse(line)).ShouldBe([says]);

    [Fact]
    public void A_line_that_can_be_read_has_no_fault() => VerbUsage.Faults(Whole.Parse("topics test words --days 3 --json")).ShouldBeEmpty();
}
