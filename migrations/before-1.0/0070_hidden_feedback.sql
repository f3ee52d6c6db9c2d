-- What readers thought of papers that are hidden, so that it comes back with them. It goes with its reader.
create table hidden_feedback (
    subscriber_id bigint not null references subscribers (id) on delete cascade,
    paper_id bigint not null references hidden_papers (id) on delete cascade,
    kind text not null check (kind in ('like', 'less', 'save')),
    given_from text not null,
    given_at timestamptz not null,
    primary key (subscriber_id, paper_id, kind)
);

create index hidden_feedback_paper_id on hidden_feedback (paper_id);
