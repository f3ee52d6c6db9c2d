using System.Net.Sockets;
using DigestService.Platform;
using DigestService.Tests.Hosting;
using Npgsql;

namespace DigestService.Tests.Platform;

/// <summary>What an operator reads when the database cannot be used: what is wrong and what to do.</summary>
[Collection(OneServerOfTheProcess.Name)]
public sealed class VerbSentenceTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_wrong_password_names_the_setting() => (await SentenceAsync(settings => settings.Password = "wrong")).ShouldSatisfyAllConditions(
        sentence => sentence.ShouldStartWith("The database refuses the account: password authentication failed"),
        sentence => sentence.ShouldEndWith("Correct Username and Password in ConnectionStrings__Digest."));

    [Fact]
    public async Task A_database_that_is_not_there_is_to_be_created() => (await SentenceAsync(settings => settings.Database = "nowhere"))
        .ShouldBe("The database server has no such database: database \"nowhere\" does not exist. Create it, or correct Database in ConnectionStrings__Digest.");

    [Fact]
    public async Task A_server_that_is_down_names_host_and_port() => (await SentenceAsync(settings => settings.Port = 1))
        .ShouldBe("The database cannot be reached: is PostgreSQL at 127.0.0.1:1 running? ConnectionStrings__Digest leads there.");

    [Fact]
    public async Task Where_none_of_several_hosts_takes_the_connection_all_are_meant_and_what_one_refused_is_told()
    {
        const string none = "No host in ConnectionStrings__Digest takes the connection: is PostgreSQL running on one of them, as the primary, or as what Target Session Attributes asks for? "
            + "A process that serves goes on by itself once one is, and a verb can be run again.";

        (await SentenceAsync(settings => (settings.Host, settings.Port) = ("127.0.0.1:1,127.0.0.1:2", 1))).ShouldBe(none);
        (await SentenceAsync(settings => (settings.Host, settings.TargetSessionAttributes) = ($"{settings.Host}:{settings.Port},127.0.0.1:1", "standby"))).ShouldBe(none);
        (await SentenceAsync(settings => (settings.Host, settings.Password) = ($"{settings.Host}:{settings.Port},127.0.0.1:1", "wrong"))).ShouldStartWith("The database refuses the account: ");
    }

    [Theory]
    [InlineData("Exception while writing to stream")]
    [InlineData("Exception while reading from stream")]
    public void A_connection_that_broke_says_so_without_the_drivers_words(string message) => Verb.Sentence(new NpgsqlException(message, new IOException("Broken pipe")))
        .ShouldBe("The connection to the database broke: is PostgreSQL still running? ConnectionStrings__Digest leads there; a process that serves goes on by itself once it answers, and a verb can be run again.");

    [Theory]
    [InlineData("57014", "The database ended what took too long for it: it does not. Turn statement_timeout off for the server, the database and the role of ConnectionStrings__Digest, or raise it.")]
    [InlineData("25P03", "The database ended what took too long for it: it does not. Turn idle_in_transaction_session_timeout off for the server, the database and the role of ConnectionStrings__Digest, or raise it.")]
    [InlineData("57P05", "The database ended what took too long for it: it does not. Turn idle_session_timeout off for the server, the database and the role of ConnectionStrings__Digest, or raise it.")]
    [InlineData("55P03", "The database ended what took too long for it: it does not. Turn lock_timeout off for the server, the database and the role of ConnectionStrings__Digest, or raise it.")]
    [InlineData("40P01", "Something else changed the same rows and came first: it does not. Nothing of this step was kept; run it again.")]
    [InlineData("57P01", "The database server is being stopped: it does not; a process that serves goes on by itself once it runs again, and a verb can be run again.")]
    public void What_the_server_ends_for_a_limit_of_its_own_names_the_limit(string state, string says)
    {
        var refused = new PostgresException("it does not", "FATAL", "FATAL", state);

        Verb.Sentence(refused).ShouldBe(says);
        Outage.IsOfDatabase(refused).ShouldBeTrue();
    }

    [Fact]
    public void A_server_that_lets_in_no_further_connection_is_told_with_what_changes_that() => Verb.Sentence(new PostgresException("sorry, too many clients already", "FATAL", "FATAL", "53300"))
        .ShouldBe("The database lets in no further connection: sorry, too many clients already. Raise max_connections of its server, end what else holds some, or let each process of this program take fewer, by Maximum Pool Size in ConnectionStrings__Digest.");

    [Fact]
    public void A_process_without_memory_or_threads_says_so_wherever_it_met_it()
    {
        foreach (var failure in (Exception[])[
            new InsufficientMemoryException(),
            new System.Data.DataException("Error parsing column 1", new InsufficientMemoryException()),
            new AggregateException(new InsufficientMemoryException()),
            new TypeInitializationException("System.Net.Sockets.SocketAsyncEngine", new InsufficientMemoryException())])
        {
            Verb.Sentence(failure).ShouldStartWith("This process has no memory left, or may start no further thread: ");
        }

        Verb.Sentence(new TypeInitializationException("Part", new FormatException("Odd."))).ShouldStartWith("Failed: ");
    }

    [Fact]
    public void A_sentence_of_the_driver_ends_once() => Verb.Sentence(new NpgsqlException("SSL connection requested. No SSL enabled connection from this host is configured."))
        .ShouldBe("The database cannot be reached: SSL connection requested. No SSL enabled connection from this host is configured. Check ConnectionStrings__Digest.");

    [Theory]
    [InlineData("53100", "could not extend file \"base/1/2\": No space left on device", "The disk of the database is full (could not extend file")]
    [InlineData("53100", "could not write to file \"base/pgsql_tmp/pgsql_tmp8399.2\": No space left on device", "The disk of the database is full (could not write to a temporary file: No space")]
    [InlineData("XX000", "could not write init file", "The disk of the database is full (could not write init file)")]
    [InlineData("58030", "could not write to file \"pg_wal/x\": No space left on device", "The disk of the database is full (could not write to file")]
    [InlineData("25006", "cannot execute INSERT in a read-only transaction", "The database takes no writes: it is a standby, and ConnectionStrings__Digest must lead to the primary, or default_transaction_read_only is on for it")]
    public void A_write_that_is_refused_says_why_and_what_to_do(string state, string message, string says) =>
        Verb.Sentence(new PostgresException(message, "ERROR", "ERROR", state)).ShouldStartWith(says);

    [Fact]
    public void A_server_that_the_program_started_itself_is_told_as_such_and_no_setting_is_named()
    {
        var own = new OwnServer("127.0.0.1:4711", "/data", "/data/log", "/data/log.before");

        foreach (var stopped in (NpgsqlException[])[
            new("Failed to connect to 127.0.0.1:4711", new SocketException((int)SocketError.ConnectionRefused)),
            new("Exception while reading from stream", new EndOfStreamException()),
            new("Exception while writing to stream", new IOException("Broken pipe")),
            new("Exception while reading from stream", new SocketException((int)SocketError.ConnectionReset)),
            Refusal("57P01"), Refusal("57P02")])
        {
            DatabaseWords.Sentence(stopped, own).ShouldBe(
                "The PostgreSQL that this program started itself has stopped. A process that serves starts it again within seconds, and a verb can be run again; "
                + "why it stopped, or does not start, is told in /data/log and /data/log.before.");
        }

        foreach (var other in (NpgsqlException[])[
            new("The connection pool has been exhausted, either raise 'Max Pool Size' or …"), new("Exception while reading from stream", new TimeoutException()), new("Odd"),
            Refusal("42501"), Refusal("28P01"), Refusal("28000"), Refusal("3D000"), Refusal("25006"), Refusal("53100"), Refusal("53300"), Refusal("57P03"), Refusal("XX000")])
        {
            DatabaseWords.Sentence(other, own).ShouldNotContain("ConnectionStrings");
        }

        static PostgresException Refusal(string state) => new("it does not", "FATAL", "FATAL", state);
    }

    [Fact]
    public void What_fails_in_the_file_system_is_told_without_the_exceptions_name()
    {
        Verb.Sentence(new DirectoryNotFoundException("Could not find a part of the path '/no/where'.")).ShouldBe("Could not find a part of the path '/no/where'. Put it there, or correct the setting that names it.");
        Verb.Sentence(new UnauthorizedAccessException("Access to the path '/root/x' is denied.")).ShouldBe("Access to the path '/root/x' is denied. Give this account the right to it.");
        Verb.Sentence(new IOException("No space left on device : '/data/x'", 28)).ShouldBe("A disk is full: No space left on device : '/data/x'. Free some room on it.");
    }

    [Fact]
    public void A_file_that_an_operator_names_and_that_cannot_be_read_is_told_as_what_it_is()
    {
        var folder = TestDirectory.Create("files");
        var missing = Path.Combine(folder, "none", "readers.csv");

        Unreadable(folder).ShouldBe($"The file cannot be read: {folder} is a folder; name the file in it.");
        Unreadable(missing).ShouldBe($"The file cannot be read: the file {missing} does not exist; name one that does.");
        FileWords.Unreadable("/root/readers.csv", new UnauthorizedAccessException("Access to the path '/root/readers.csv' is denied."))
            .ShouldBe($"The file cannot be read: the account '{Environment.UserName}' has no right to read /root/readers.csv; give it that.");

        static string Unreadable(string path) => FileWords.Unreadable(path, Should.Throw<Exception>(() => File.OpenRead(path)));
    }

    [Fact]
    public void A_folder_in_which_nothing_can_be_written_is_told_as_what_it_is()
    {
        var folder = TestDirectory.Create("files");
        var file = Path.Combine(folder, "taken");
        File.WriteAllText(file, "");
        var denied = new UnauthorizedAccessException($"Access to the path '{folder}' is denied.");

        FileWords.WhyUnwritable(file, Should.Throw<IOException>(() => Directory.CreateDirectory(file))).ShouldBe($"{file} is a file and not a folder; name a folder.");
        foreach (var below in (string[])["a", "a/b", "a/"])
        {
            var path = Path.Combine(file, below);
            FileWords.WhyUnwritable(path, Should.Throw<IOException>(() => Directory.CreateDirectory(path))).ShouldBe($"{file} is a file and not a folder; name a folder.");
        }

        var mail = Directory.CreateDirectory(Path.Combine(folder, "mail.eml")).FullName;
        FileWords.WhyUnwritable(folder, Should.Throw<Exception>(() => File.WriteAllBytes(mail, [])), mail).ShouldBe($"{mail} is a folder, and a file of this name is to be written; move it away.");
        FileWords.WhyUnwritable(folder, denied, Path.Combine(folder, "new.eml")).ShouldBe($"the account '{Environment.UserName}' has no right to write in {folder}; give it that, or name another folder.");
        FileWords.WhyUnwritable(folder, denied, file).ShouldBe($"the account '{Environment.UserName}' has no right to write {file}; give it that, or name another folder.");
        FileWords.WhyUnwritable(folder, new IOException("No space left on device : '/data/x'", 28)).ShouldBe($"the disk of {folder} is full; free some room on it, or inodes, which df -i counts.");
        FileWords.WhyUnwritable(folder, new IOException("Read-only file system : '/data/x'", 30)).ShouldBe($"the disk of {folder} takes no writes; name another folder.");
    }

    [Fact]
    public void A_host_without_an_address_is_dns() => Verb.Sentence(new NpgsqlException("Name or service not known", new SocketException((int)SocketError.HostNotFound)))
        .ShouldBe("The host in ConnectionStrings__Digest has no address: its name is mistyped, or no DNS resolver answers.");

    private async Task<string> SentenceAsync(Action<NpgsqlConnectionStringBuilder> change)
    {
        var settings = new NpgsqlConnectionStringBuilder((await postgres.CreateEmptyDatabaseAsync()).Source.ConnectionString) { Pooling = false };
        change(settings);
        await using var database = Database.Connect(settings.ConnectionString);
        return Verb.Sentence(await Should.ThrowAsync<NpgsqlException>(() => database.QuerySingleOrDefaultAsync<int>("select 1", null, default)));
    }
}
