-- What was cut from a digest, as codes and numbers; see Digests/CutAccount.cs. Digests from before have it in words, in "cut"
-- and "cut_counts".
alter table digests add column cut_codes text;
