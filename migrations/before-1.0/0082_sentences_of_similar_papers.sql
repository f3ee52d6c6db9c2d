-- The sentence of the similar paper's abstract that is closest to the paper: null until it was looked for, empty where there is none.
alter table similar_papers add column sentence text;

create index similar_papers_without_sentence on similar_papers (similar_id, paper_id) where sentence is null;
