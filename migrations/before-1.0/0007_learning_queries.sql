-- Queries learn from the papers they match (see Topics/QueryExpansion.cs), and papers may be near to a query they do not match.

-- matched_papers: how many papers there were when it was last held against the catalogue; once there are twice as many, or
-- after a week, it is held against them again and learns anew.
alter table queries
    add column matched_papers integer not null default 0,
    add column learnt_terms bigint[] not null default '{}',
    add column learnt_weights real[] not null default '{}',
    add column learnt_typical real not null default 0,
    add check (cardinality(learnt_terms) = cardinality(learnt_weights));

alter table topic_matches add column is_near boolean not null default false;

-- Queries and papers are read with more care than before (word families, stop words within phrases): match all of them again.
update queries set matched_at = null;
delete from matched_papers;
