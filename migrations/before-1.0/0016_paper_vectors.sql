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

create index papers_newest on papers (first_listed_on desc, id desc);
create index papers_updated_at on papers (updated_at);

-- Queries and papers are read with more care than before (marks, capitals, sub- and superscripts, compounds): match all of them again.
update queries set matched_at = null;
update papers set matched_version = null;
