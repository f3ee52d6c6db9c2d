-- News of papers that readers saved.

-- Who has saved something is asked for every reader of a batch.
create index feedback_saves on feedback (bucket, subscriber_id) where kind = 'save';

-- When a stored paper came by its first code, and when the archive brought a later version of it; null for what is there, and for
-- what came with a paper.
alter table papers
    add column code_added_at timestamptz,
    add column revised_at timestamptz;

-- What a digest told of papers that its reader had saved, in the order in which it told it: pairs of a paper and 1 for code, 2 for
-- a new version, 3 for both. Null for most.
alter table digests
    add column saved_news jsonb;
