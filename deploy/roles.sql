-- Two roles for one database: digest_owner owns it and runs 'digest migrate'; digest_app is what the service runs as, and
-- it can create, change and drop no table. Run once, as a superuser:
--
--     psql -v ON_ERROR_STOP=1 -d postgres -f deploy/roles.sql
--
-- then give both a password (\password digest_owner, \password digest_app). docs/operations.md, "Database roles", has the rest.

create role digest_owner login;
create role digest_app login;
create database digest owner digest_owner;

\connect digest

revoke create on schema public from public;
grant usage on schema public to digest_app;

-- What the owner's migrations make from now on.
alter default privileges for role digest_owner grant usage on schemas to digest_app;
alter default privileges for role digest_owner grant select, insert, update, delete on tables to digest_app;
alter default privileges for role digest_owner grant usage, select, update on sequences to digest_app;
alter default privileges for role digest_owner grant execute on functions to digest_app;

-- What is there already, where the database was not new.
do $$
declare
    place text;
begin
    foreach place in array array['public', 'quartz'] loop
        if to_regnamespace(place) is not null then
            execute format('grant usage on schema %I to digest_app', place);
            execute format('grant select, insert, update, delete on all tables in schema %I to digest_app', place);
            execute format('grant usage, select, update on all sequences in schema %I to digest_app', place);
            execute format('grant execute on all functions in schema %I to digest_app', place);
        end if;
    end loop;
end
$$;
