#!/usr/bin/env bash
# One script under the names of the release's: the class that a name stands for, with the variables that the release's scripts read.
set -euo pipefail
home=$(dirname "$(dirname "$(readlink -f "$0")")")
logs=${LOG_DIR:-$home/logs}
mkdir -p "$logs"
log4j=$home/config/tools-log4j2.yaml
options=()
case $(basename "$0") in
kafka-run-class.sh) class=$1 && shift ;;
kafka-server-start.sh)
  class=kafka.Kafka log4j=$home/config/log4j2.yaml
  # As the release's does, which a read-only file system must allow for.
  options=("-Xlog:gc*:file=$logs/kafkaServer-gc.log:time,tags:filecount=10,filesize=100M")
  ;;
kafka-storage.sh) class=kafka.tools.StorageTool ;;
kafka-topics.sh) class=org.apache.kafka.tools.TopicCommand ;;
kafka-broker-api-versions.sh) class=org.apache.kafka.tools.BrokerApiVersionsCommand ;;
connect-distributed.sh) class=org.apache.kafka.connect.cli.ConnectDistributed log4j=$home/config/log4j2.yaml ;;
esac
# Words, as in the release's scripts.
# shellcheck disable=SC2086
exec java ${KAFKA_HEAP_OPTS:--Xmx256M} ${KAFKA_JVM_PERFORMANCE_OPTS:--XX:+UseG1GC -XX:MaxGCPauseMillis=20} "${options[@]}" \
  -Djava.awt.headless=true "-Dkafka.logs.dir=$logs" ${KAFKA_LOG4J_OPTS:--Dlog4j2.configurationFile=$log4j} ${KAFKA_OPTS:-} \
  -cp "$home/libs/*" "$class" "$@"
