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
    votes jsonb not null
);
