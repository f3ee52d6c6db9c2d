#!/bin/sh
# Read by the database's container when its volume is new: gives the roles of deploy/roles.sql their passwords.
set -eu
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname digest \
  --set=owner="$(cat /run/secrets/owner_password)" --set=app="$(cat /run/secrets/app_password)" <<'SQL'
alter role digest_owner password :'owner';
alter role digest_app password :'app';
SQL
