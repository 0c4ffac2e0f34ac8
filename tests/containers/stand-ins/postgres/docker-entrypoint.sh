#!/usr/bin/env bash
# What the documentation of the original promises and Readside relies on: as root it goes on as postgres; an empty PGDATA is made a
# cluster with POSTGRES_PASSWORD, POSTGRES_INITDB_ARGS and the database POSTGRES_DB, by a server that no TCP port leads to.
set -euo pipefail
[ "${1:-}" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA" /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "${POSTGRES_PASSWORD:?is not set}"
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  # The arguments hold no blanks of their own.
  # shellcheck disable=SC2086
  initdb --pgdata="$PGDATA" --username=postgres --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") ${POSTGRES_INITDB_ARGS:-}
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  pg_ctl --pgdata="$PGDATA" --options="$(printf '%q ' "${@:2}") -c listen_addresses=''" --wait start
  if [ "${POSTGRES_DB:-postgres}" != postgres ]; then
    psql --no-psqlrc --username=postgres --dbname=postgres --set=ON_ERROR_STOP=1 --command="create database \"$POSTGRES_DB\""
  fi
  pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
fi
unset POSTGRES_PASSWORD
exec "$@"
