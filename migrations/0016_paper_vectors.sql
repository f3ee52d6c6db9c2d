-- What each paper means, as a vector of a sentence model (see Relevance/Embeddings). A model is named by its weights, so
-- another model's vectors stand beside these until it has embedded every paper.

create table paper_vectors (
    paper_id bigint not null references papers (id) on delete cascade,
    model text not null,
    -- The state of the paper that was last looked at, and the hash of the text that was embedded: a vote changes the first
    -- and not the second.
    paper_updated_at timestamptz not null,
    text_hash bytea not null,
    -- Half-precision floats, little-endian, of length 1.
    vector bytea not null,
    primary key (paper_id, model)
);

create index papers_newest on papers (first_listed_on desc, id desc);
create index papers_updated_at on papers (updated_at);

-- Queries and papers are read with more care than before (marks, capitals, sub- and superscripts, compounds): match all of them again.
update queries set matched_at = null;
delete from matched_papers;
