-- What search finds papers by, and what waits to be matched, stand beside the papers: a paper is written once, and a change of
-- its votes or of what matching knows of it touches no index of words.

-- The words of a paper: of its title, of title and abstract, of its authors' names. Made from the paper's text after it was
-- written (search.index_due), so that an import does not wait for it. No reference to papers: checking it locks the paper, and
-- the import that is changing it would wait.
create table paper_words (
    paper_id bigint primary key,
    first_listed_on date not null,
    title tsvector not null,
    words tsvector not null,
    authors tsvector not null
);

-- Papers whose words have to be made (again), and papers to be matched against the queries. A paper may wait more than once;
-- rows are only added and removed, so that nobody waits for anybody here.
create table unindexed_papers (
    id bigint generated always as identity primary key,
    paper_id bigint not null
);

create table unmatched_papers (
    id bigint generated always as identity primary key,
    paper_id bigint not null
);

create function note_new_papers() returns trigger language plpgsql as $$
begin
    insert into unindexed_papers (paper_id) select id from added order by id;
    insert into unmatched_papers (paper_id) select id from added order by id;
    return null;
end
$$;

create function note_changed_paper() returns trigger language plpgsql as $$
begin
    insert into unindexed_papers (paper_id) values (new.id);
    if old.text_version is distinct from new.text_version then
        insert into unmatched_papers (paper_id) values (new.id);
    end if;
    return null;
end
$$;

create trigger papers_added after insert on papers referencing new table as added
    for each statement execute function note_new_papers();
create trigger paper_changed after update on papers
    for each row when (old.text_version is distinct from new.text_version or old.first_listed_on <> new.first_listed_on)
    execute function note_changed_paper();

insert into unmatched_papers (paper_id)
select id
from papers
where matched_version is distinct from text_version
order by id;

-- As before; names in plain letters, which most are, skip what takes accents off.
create or replace function author_words(authors text[]) returns tsvector
    language sql immutable parallel safe
    return case when octet_length(array_to_string(authors, ' ')) = length(array_to_string(authors, ' '))
        then to_tsvector('simple', array_to_string(authors, ' '))
        else to_tsvector('simple', regexp_replace(normalize(array_to_string(authors, ' '), nfkd), '[\u0300-\u036f]', '', 'g')) end;

insert into paper_words (paper_id, first_listed_on, title, words, authors)
select id, first_listed_on, strip(in_title), strip(in_title || to_tsvector('english', left(coalesce(abstract, ''), 100000))), strip(author_words(authors))
from papers
cross join lateral (select to_tsvector('english', left(title, 100000)) as in_title) as made
order by id;

create index paper_words_title on paper_words using gin (title);
create index paper_words_words on paper_words using gin (words);
create index paper_words_authors on paper_words using gin (authors);
analyze paper_words;
