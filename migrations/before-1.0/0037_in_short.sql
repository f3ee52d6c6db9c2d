-- One sentence on a paper, and its keywords, that a machine wrote: Hugging Face gives them with its daily papers.
-- A program of the version before stages papers without them, so that they may be null.

alter table papers add column in_short text, add column keywords text[] default '{}';

-- Readers who want that sentence in place of the abstract.
alter table subscribers add column prefers_in_short boolean not null default false;
