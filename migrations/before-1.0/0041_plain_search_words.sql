-- The words by which search finds papers are letters and digits alone, as a query's are: PostgreSQL would read GPT-4 as a negative
-- number, "I/O-bound" as a path and "<y and z>" as markup. Accents, ligatures, sub- and superscripts become plain, an ideograph is a
-- word of its own, and in titles "fine-tuning" is "finetuning" too.

create function plain_text(written text) returns text
    language sql immutable parallel safe
    return replace(replace(replace(replace(replace(replace(replace(replace(replace(
        case when octet_length(written) = length(written) then written
        -- Quotation marks, dashes, operators and Greek letters, which most are, need no normal form.
        when written !~ '[^\x01-\x7f\u00a1-\u00a7\u00ab-\u00b1\u0391-\u03a9\u03b1-\u03c9\u2010-\u2027\u2190-\u22ff]'
        then regexp_replace(replace(written, '’', ''''), '[\u00a1-\u00bf\u2010-\u205e\u2190-\u22ff]', ' ', 'g')
        else replace(replace(replace(replace(replace(replace(replace(replace(replace(
            regexp_replace(replace(regexp_replace(normalize(
                regexp_replace(written, '([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff])', ' \1 ', 'g'), nfkd),
                '[\u0300-\u036f\u3099\u309a]', '', 'g'), '’', ''''), '[\u00a1-\u00bf\u2010-\u205e\u2190-\u22ff\u3001-\u303f]', ' ', 'g'),
            'ß', 'ss'), 'ø', 'o'), 'Ø', 'O'), 'ł', 'l'), 'Ł', 'L'), 'æ', 'ae'), 'Æ', 'AE'), 'đ', 'd'), 'ı', 'i') end,
        '''s', ''), '''', ''), '-', ' '), '/', ' '), '.', ' '), '<', ' '), '+', ' '), '&', ' '), '@', ' ');

create function title_words(title text) returns tsvector
    language sql immutable parallel safe
    return to_tsvector('english', plain_text(regexp_replace(left(title, 100000), '([[:alpha:]]+)-([[:alpha:]]+)', '\1\2 \1 \2', 'g')));

create function abstract_words(abstract text) returns tsvector
    language sql immutable parallel safe
    return to_tsvector('english', plain_text(left(coalesce(abstract, ''), 100000)));

update paper_words
set title = strip(made.in_title), words = strip(made.in_title || abstract_words(p.abstract))
from papers p
cross join lateral (select title_words(p.title) as in_title) as made
where p.id = paper_words.paper_id;
