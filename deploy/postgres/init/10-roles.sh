#!/bin/sh
# One role and one schema per service, and nobody reads another's rows. Runs once, when PostgreSQL makes its data.
# PGHOST, PGPORT, POSTGRES_USER and POSTGRES_DB say where; <SERVICE>_PASSWORD holds each role's password.
set -eu

for role in timeline channel_router address_book desk my_plein for_a_member insight; do
  variable="$(echo "$role" | tr '[:lower:]' '[:upper:]')_PASSWORD"
  eval "password=\${$variable:?set $variable to the password of the role $role}"
  # The password goes in through the environment, so that no process list shows it.
  ROLE_PASSWORD="$password" psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set "role=$role" --set "database=$POSTGRES_DB" <<'SQL'
\getenv password ROLE_PASSWORD
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO :"role";
CREATE SCHEMA :"role" AUTHORIZATION :"role";
ALTER ROLE :"role" IN DATABASE :"database" SET search_path = :"role";
SQL
done
