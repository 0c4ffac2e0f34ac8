#!/usr/bin/env bash
# What the documentation of the original promises and Readside relies on: as root it goes on as mongodb; an empty data folder gets the
# root user of MONGO_INITDB_ROOT_…, by a server that listens on 127.0.0.1 alone; with such a user, mongod asks for passwords.
set -euo pipefail
[ "${1:-}" = mongod ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
  chown -R mongodb:mongodb /data/db /data/configdb
  exec setpriv --reuid=mongodb --regid=mongodb --init-groups "$0" "$@"
fi

if [ -n "${MONGO_INITDB_ROOT_USERNAME:-}" ]; then
  set -- "$@" --auth
  if [ ! -e /data/db/WiredTiger ]; then
    mongod --dbpath /data/db --bind_ip 127.0.0.1 --port 27017 --quiet &
    server=$!
    until mongosh --quiet --host 127.0.0.1 --eval 'db.hello().ok' >/dev/null 2>&1; do
      kill -0 "$server"
      sleep 0.5
    done
    mongosh --quiet --host 127.0.0.1 admin --eval \
      'db.createUser({ user: process.env.MONGO_INITDB_ROOT_USERNAME, pwd: process.env.MONGO_INITDB_ROOT_PASSWORD, roles: ["root"] })'
    kill -INT "$server"
    wait "$server"
  fi
fi
unset "${!MONGO_INITDB_@}"
exec "$@"
