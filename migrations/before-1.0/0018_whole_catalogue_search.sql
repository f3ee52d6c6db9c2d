-- Search reads the whole catalogue: these find the candidates, which the program then ranks.

create index papers_title_words on papers using gin (to_tsvector('english', title));
create index papers_words on papers using gin (to_tsvector('english', title || ' ' || coalesce(abstract, '')));

-- Names without accents, so that "Muller" finds Müller. PostgreSQL calls array_to_string stable because some types print by
-- settings; text does not.
create function author_words(authors text[]) returns tsvector
    language sql immutable parallel safe
    return to_tsvector('simple', regexp_replace(normalize(array_to_string(authors, ' '), nfkd), '[\u0300-\u036f]', '', 'g'));

create index papers_author_words on papers using gin (author_words(authors));
