-- What paper_words is for now. A migration of its own, because this locks papers more than filling that table may.

drop index if exists papers_title_words;
drop index if exists papers_words;
drop index if exists papers_author_words;
