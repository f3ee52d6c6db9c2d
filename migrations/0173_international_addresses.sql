-- The operator's search for a part of an address as it is shown asks for the domains that are not written in ASCII, and read all readers
-- for the few of them.
create index subscribers_international on subscribers (split_part(address_key, '@', 2)) where position('xn--' in address_key) > 0;
