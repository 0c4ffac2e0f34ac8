#!/usr/bin/env bash
# The worker, whose REST interface answers nobody without CONNECT_USER and CONNECT_PASSWORD.
set -euo pipefail
: "${CONNECT_USER:?}" "${CONNECT_PASSWORD:?}"
# What the connector's configuration refers to must be there, or it is taken as it is written.
export READSIDE_PG_SSLMODE="${READSIDE_PG_SSLMODE:-prefer}" READSIDE_PG_SSLROOTCERT="${READSIDE_PG_SSLROOTCERT:-}"
umask 077
folder=$(mktemp -d)
printf '%s=%s\n' "$CONNECT_USER" "$CONNECT_PASSWORD" >"$folder/credentials"
unset CONNECT_PASSWORD
cat >"$folder/jaas.conf" <<JAAS
KafkaConnect {
  org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required file="$folder/credentials";
};
JAAS
cat "${WORKER_PROPERTIES:-/etc/kafka/connect/worker.properties}" - >"$folder/worker.properties" <<WORKER
rest.extension.classes=org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension
WORKER
export KAFKA_OPTS="${KAFKA_OPTS:-} -Djava.security.auth.login.config=$folder/jaas.conf"
exec "${KAFKA_HOME:-/opt/kafka}/bin/connect-distributed.sh" "$folder/worker.properties"
