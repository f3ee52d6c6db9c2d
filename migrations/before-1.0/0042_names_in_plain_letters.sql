-- What search finds papers by has the letters that a query is reduced to: "ð" is d, "þ" is th and "œ" is oe as well, and an "s" behind
-- an apostrophe goes only where it ends the word ("Moore's", not "D'Souza"). The names of authors are made plain as titles are, so
-- that Soren finds Søren, Lukasz finds Łukasz, and O'Brien and Jean-Pierre are found however they are written.

create or replace function plain_text(written text) returns text
    language sql immutable parallel safe
    return replace(replace(replace(replace(replace(replace(replace(replace(
        regexp_replace(
            case when octet_length(written) = length(written) then written
            -- Quotation marks, dashes, operators and Greek letters, which most are, need no normal form.
            when written !~ '[^\x01-\x7f\u00a1-\u00a7\u00ab-\u00b1\u0391-\u03a9\u03b1-\u03c9\u2010-\u2027\u2190-\u22ff]'
            then regexp_replace(replace(written, '’', ''''), '[\u00a1-\u00bf\u2010-\u205e\u2190-\u22ff]', ' ', 'g')
            else replace(replace(replace(replace(replace(replace(replace(replace(translate(
                regexp_replace(translate(regexp_replace(normalize(
                    regexp_replace(written, '([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff])', ' \1 ', 'g'), nfkd),
                    '[\u0300-\u036f\u3099\u309a]', '', 'g'), '’ʼ', ''''''), '[\u00a1-\u00bf\u2010-\u205e\u2190-\u22ff\u3001-\u303f]', ' ', 'g'),
                'øØłŁđĐðÐı', 'oOlLdDdDi'), 'ß', 'ss'), 'ẞ', 'SS'), 'æ', 'ae'), 'Æ', 'AE'), 'œ', 'oe'), 'Œ', 'OE'), 'þ', 'th'), 'Þ', 'TH') end,
            '''[sS](?![[:alnum:]])', '', 'g'),
        '''', ''), '-', ' '), '/', ' '), '.', ' '), '<', ' '), '+', ' '), '&', ' '), '@', ' ');

create or replace function author_words(authors text[]) returns tsvector
    language sql immutable parallel safe
    return to_tsvector('simple', plain_text(array_to_string(authors, ' ')));

-- Only what changes is written again.
update paper_words
set authors = made.authors
from papers p
cross join lateral (select strip(author_words(p.authors)) as authors) as made
where p.id = paper_words.paper_id
  and paper_words.authors <> made.authors;

update paper_words
set title = made.title, words = made.words
from papers p
cross join lateral (
    select strip(title_words(p.title)) as title, strip(title_words(p.title) || abstract_words(p.abstract)) as words) as made
where p.id = paper_words.paper_id
  and concat_ws(' ', p.title, p.abstract) ~ '[ĐÐðÞþŒœẞʼ]|[''’][sS][[:alnum:]]'
  and (paper_words.title <> made.title or paper_words.words <> made.words);

-- Marks of answers were kept for pages that are never asked for by their marks. Feeds, which are, leave theirs when they are read next.
delete from source_answers
where not_before is null;
