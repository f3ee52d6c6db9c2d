-- Topics are named queries; every distinct query is matched once, however many readers follow it.

create table queries (
    id bigint generated always as identity primary key,
    canonical text not null unique,
    created_at timestamptz not null,
    -- When it was matched against the papers that were there before it; new papers find it by themselves.
    matched_at timestamptz,
    -- How many papers there were when it was last held against the catalogue; once there are twice as many, or after a week, it is
    -- held against them again and learns anew.
    matched_papers integer not null default 0,
    -- What it learnt from the papers that it matches (see Topics/QueryExpansion.cs).
    learnt_terms bigint[] not null default '{}',
    learnt_weights real[] not null default '{}',
    learnt_typical real not null default 0,
    check (cardinality(learnt_terms) = cardinality(learnt_weights))
);

-- What is due to be matched, without reading every query each minute.
create index queries_unmatched on queries (id) where matched_at is null;
create index queries_matched_at on queries (matched_at);
create index queries_matched_papers on queries (matched_papers);

create table topics (
    id bigint generated always as identity primary key,
    slug text not null unique,
    name text not null,
    topic_group text not null,
    description text not null,
    query_id bigint not null references queries (id),
    -- A topic that the operator has edited is theirs: the topics that are shipped no longer overwrite it.
    edited_at timestamptz
);

create table topic_matches (
    query_id bigint not null references queries (id) on delete cascade,
    paper_id bigint not null references papers (id) on delete cascade,
    relevance real not null check (relevance > 0),
    terms text[] not null default '{}',
    -- Near to a query that it does not match.
    is_near boolean not null default false,
    -- The cosine of a paper that has none of the words and is close in meaning; terms then holds the sentence that is closest.
    closeness real check (closeness between -1 and 1),
    primary key (query_id, paper_id)
);

create index topic_matches_paper_id on topic_matches (paper_id);
-- What a query is only near to, to be forgotten when it learns anew.
create index topic_matches_near on topic_matches (query_id) where is_near;
create index topic_matches_without_sentence on topic_matches (paper_id, query_id) where closeness is not null and terms = '{}';

-- What each query means, as a vector of the same models as the papers' (see Topics/QueryEmbedder), and matches by meaning.
create table query_vectors (
    query_id bigint not null references queries (id) on delete cascade,
    model text not null,
    -- As in paper_vectors; empty for a query that asks for no words.
    vector bytea not null,
    primary key (query_id, model)
);

-- A paper or a query that cannot be matched or rendered. After three attempts it is left alone for a week.
create table set_aside (
    kind text not null check (kind in ('paper', 'query')),
    subject_id bigint not null,
    attempts smallint not null default 1 check (attempts > 0),
    reason text not null,
    last_at timestamptz not null,
    primary key (kind, subject_id)
);

-- A process keeps the papers that digests are chosen from in memory, and loads them anew when they have changed. Each
-- statement that may have changed them leaves a row here, in its own transaction: whoever sees the change sees the row.
create table candidate_changes (
    id bigint generated always as identity primary key,
    changed_at timestamptz not null default now()
);

create function note_candidate_change() returns trigger language plpgsql as $$
begin
    insert into candidate_changes default values;
    return null;
end
$$;

create trigger candidates_changed after insert or update or delete or truncate on papers
    for each statement execute function note_candidate_change();
create trigger candidates_changed after insert or update or delete or truncate on votes
    for each statement execute function note_candidate_change();
create trigger candidates_changed after insert or update or delete or truncate on listings
    for each statement execute function note_candidate_change();
create trigger candidates_changed after insert or update or delete or truncate on listing_entries
    for each statement execute function note_candidate_change();
create trigger candidates_changed after insert or update or delete or truncate on topic_matches
    for each statement execute function note_candidate_change();
create trigger candidates_changed after insert or update or delete or truncate on topics
    for each statement execute function note_candidate_change();

-- A new query is due to be matched, and so is one whose meaning is known now; what matching itself writes down of a query changes
-- no candidate.
create trigger candidates_changed after insert or delete or truncate on queries
    for each statement execute function note_candidate_change();
create trigger candidates_changed_again after update of matched_at on queries
    for each row when (new.matched_at is null and old.matched_at is not null)
    execute function note_candidate_change();
