-- What each query means, as a vector of the same models as the papers' (see Topics/QueryEmbedder), and matches by meaning.

create table query_vectors (
    query_id bigint not null references queries (id) on delete cascade,
    model text not null,
    -- As in paper_vectors; empty for a query that asks for no words.
    vector bytea not null,
    primary key (query_id, model)
);

-- The cosine of a paper that has none of the words and is close in meaning; terms then holds the sentence that is closest.
alter table topic_matches add column closeness real check (closeness between -1 and 1);

create index topic_matches_without_sentence on topic_matches (paper_id, query_id) where closeness is not null and terms = '{}';

-- Which papers are closest to each other in meaning; both directions of a pair are written. A reader of the table takes the
-- closest few.
create table similar_papers (
    paper_id bigint not null references papers (id) on delete cascade,
    similar_id bigint not null references papers (id) on delete cascade,
    closeness real not null check (closeness between -1 and 1.01),
    primary key (paper_id, similar_id),
    check (paper_id <> similar_id)
);

create index similar_papers_similar_id on similar_papers (similar_id);
