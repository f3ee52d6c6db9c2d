-- Papers, where they were listed, how they were received, and what finds them.

-- Titles and abstracts are cleaned for people; the originals are kept where they differ.
create table papers (
    id bigint generated always as identity primary key,
    arxiv_id text unique,
    doi text unique,
    title text not null check (title <> ''),
    abstract text,
    original_title text,
    original_abstract text,
    -- One sentence on the paper, and its keywords, that a machine wrote: Hugging Face gives them with its daily papers.
    in_short text,
    keywords text[] not null default '{}',
    authors text[] not null default '{}',
    categories text[] not null default '{}',
    organization text,
    url text,
    pdf_url text,
    code_url text,
    project_url text,
    model_url text,
    comment text,
    upvotes integer not null default 0 check (upvotes >= 0),
    upvotes_at timestamptz,
    published_at timestamptz,
    first_listed_on date not null,
    withdrawn_at timestamptz,
    -- As of when somebody last said that the paper was withdrawn, or that it is back.
    withdrawal_as_of timestamptz,
    -- Provenance: every source that named the paper, and whose text stands since when.
    sources text[] not null default '{}',
    text_source text,
    text_as_of timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    -- What matching, the rarity of words and taste read of a paper. Votes, links and days do not move it, so that a change of
    -- votes makes nobody match or learn anew.
    text_version bigint generated always as (
        hashtextextended(title, 1)
        # hashtextextended(coalesce(abstract, ''), 2)
        # hash_array_extended(authors, 3)
        # hash_array_extended(categories, 4)
        # hashtextextended(coalesce(organization, ''), 5)) stored,
    -- The text that was matched against the queries: where it is another, the paper is due, and an index finds it.
    matched_version bigint
);

create index papers_first_listed_on on papers (first_listed_on);
create index papers_newest on papers (first_listed_on desc, id desc);
create index papers_updated_at on papers (updated_at);
create index papers_categories on papers using gin (categories);
create index papers_unmatched on papers (id) where matched_version is distinct from text_version;

-- Every name a work goes by: 'arxiv:2512.09363', 'doi:10.1000/182', 'title:normalised title|first author'
-- (nothing behind the bar where a source names no authors). Octet order, so that a title is also a range of keys.
create table paper_keys (
    key text collate "C" primary key,
    paper_id bigint not null references papers (id) on delete cascade
);

create index paper_keys_paper_id on paper_keys (paper_id);

-- A merged paper's number leads to the paper that stayed, for as long as mails with its address are out.
create table merged_papers (
    merged_id bigint primary key,
    paper_id bigint not null references papers (id) on delete cascade,
    merged_at timestamptz not null
);

create index merged_papers_paper_id on merged_papers (paper_id);

-- Papers that the operator hid: out of every list, search and digest because they are out of papers, and kept here whole so that
-- they can be put back. No source brings back what bears one of their keys.
create table hidden_papers (
    id bigint primary key,
    title text not null,
    arxiv_id text,
    reason text,
    hidden_at timestamptz not null,
    keys text[] not null,
    paper jsonb not null,
    listings jsonb not null,
    votes jsonb not null,
    -- The rows that turned out to be this work: links to them, and what readers have had, follow it again when it is put back.
    merged jsonb not null default '[]'
);

create table listings (
    id bigint generated always as identity primary key,
    source text not null,
    listed_on date not null,
    imported_at timestamptz not null,
    unique (source, listed_on)
);

-- Only lists that rank their papers give a place.
create table listing_entries (
    listing_id bigint not null references listings (id) on delete cascade,
    paper_id bigint not null references papers (id) on delete cascade,
    position integer check (position > 0),
    upvotes integer check (upvotes >= 0),
    observed_at timestamptz not null default now(),
    primary key (listing_id, paper_id)
);

create index listing_entries_paper_id on listing_entries (paper_id);

-- An observation equal to the one before it is no new row: it moves the end of that one.
create table votes (
    paper_id bigint not null references papers (id) on delete cascade,
    observed_at timestamptz not null,
    upvotes integer not null check (upvotes >= 0),
    seen_until timestamptz,
    primary key (paper_id, observed_at)
);

-- What search finds papers by, and what waits to be matched, stand beside the papers: a paper is written once, and a change of
-- its votes or of what matching knows of it touches no index of words.

-- The words by which search finds papers are letters and digits alone, as a query's are: PostgreSQL would read GPT-4 as a negative
-- number, "I/O-bound" as a path and "<y and z>" as markup. Accents, ligatures, sub- and superscripts become plain, an ideograph is a
-- word of its own, "ð" is d, "þ" is th and "œ" is oe, and an "s" behind an apostrophe goes where it ends the word ("Moore's", not
-- "D'Souza").
create function plain_text(written text) returns text
    language sql immutable parallel safe
    return replace(replace(replace(replace(replace(replace(replace(replace(
        regexp_replace(
            case when octet_length(written) = length(written) then written
            -- Quotation marks, dashes, operators and Greek letters, which most are, need no normal form.
            when written !~ '[^\x01-\x7f\u00a1-\u00a7\u00ab-\u00b1\u0391-\u03a9\u03b1-\u03c9\u2010-\u2027\u2190-\u22ff]'
            then regexp_replace(replace(written, '’', ''''), '[\u00a1-\u00bf\u2010-\u205e\u2190-\u22ff]', ' ', 'g')
            else replace(replace(replace(replace(replace(replace(replace(replace(translate(
                regexp_replace(translate(regexp_replace(normalize(
                    regexp_replace(written, '([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff])', ' \1 ', 'g'), nfkd),
                    '[\u0300-\u036f\u3099\u309a]', '', 'g'), '’ʼ', ''''''), '[\u00a1-\u00bf\u2010-\u205e\u2190-\u22ff\u3001-\u303f]', ' ', 'g'),
                'øØłŁđĐðÐı', 'oOlLdDdDi'), 'ß', 'ss'), 'ẞ', 'SS'), 'æ', 'ae'), 'Æ', 'AE'), 'œ', 'oe'), 'Œ', 'OE'), 'þ', 'th'), 'Þ', 'TH') end,
            '''[sS](?![[:alnum:]])', '', 'g'),
        '''', ''), '-', ' '), '/', ' '), '.', ' '), '<', ' '), '+', ' '), '&', ' '), '@', ' ');

-- In titles "fine-tuning" is "finetuning" too.
create function title_words(title text) returns tsvector
    language sql immutable parallel safe
    return to_tsvector('english', plain_text(regexp_replace(left(title, 100000), '([[:alpha:]]+)-([[:alpha:]]+)', '\1\2 \1 \2', 'g')));

create function abstract_words(abstract text) returns tsvector
    language sql immutable parallel safe
    return to_tsvector('english', plain_text(left(coalesce(abstract, ''), 100000)));

-- Names of authors are made plain as titles are, so that Soren finds Søren, and O'Brien and Jean-Pierre are found however they are
-- written.
create function author_words(authors text[]) returns tsvector
    language sql immutable parallel safe
    return to_tsvector('simple', plain_text(array_to_string(authors, ' ')));

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

create index paper_words_title on paper_words using gin (title);
create index paper_words_words on paper_words using gin (words);
create index paper_words_authors on paper_words using gin (authors);

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

-- What each paper means, as a vector of a sentence model (see Relevance/Embeddings). A model is named by its weights, so
-- another model's vectors stand beside these until it has embedded every paper.
create table paper_vectors (
    paper_id bigint not null references papers (id) on delete cascade,
    model text not null,
    -- The papers.text_version that was embedded.
    text_version bigint not null,
    -- Half-precision floats, little-endian, of length 1.
    vector bytea not null,
    primary key (paper_id, model)
);

-- Which papers are closest to each other in meaning; both directions of a pair are written. A reader of the table takes the
-- closest few.
create table similar_papers (
    paper_id bigint not null references papers (id) on delete cascade,
    similar_id bigint not null references papers (id) on delete cascade,
    closeness real not null check (closeness between -1 and 1.01),
    -- The sentence of the similar paper's abstract that is closest to the paper: null until it was looked for, empty where there is none.
    sentence text,
    primary key (paper_id, similar_id),
    check (paper_id <> similar_id)
);

create index similar_papers_similar_id on similar_papers (similar_id);
create index similar_papers_without_sentence on similar_papers (similar_id, paper_id) where sentence is null;
