#!/bin/bash
# What the official apache/kafka image promises: every property as KAFKA_ and its name in upper case (`.` is `_`,
# `_` is `__`, `-` is `___`), the packaged defaults only if not one is given, a default CLUSTER_ID, listeners
# derived from the advertised ones, the storage formatted at the first start. The translation is Kafka's own:
# its jar holds the class that the official image calls.
set -euo pipefail

export CLUSTER_ID=${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}
if [ -z "${KAFKA_LISTENERS:-}" ] && [ -n "${KAFKA_ADVERTISED_LISTENERS:-}" ] &&
    [ "${KAFKA_PROCESS_ROLES:-}" != controller ]; then
    KAFKA_LISTENERS=$(sed 's|://[^:]*:|://0.0.0.0:|g' <<<"$KAFKA_ADVERTISED_LISTENERS")
    export KAFKA_LISTENERS
fi

archive() { if [ -e "/opt/kafka/$1.jsa" ]; then echo "-XX:SharedArchiveFile=/opt/kafka/$1.jsa"; fi; }

# The defaults of Kafka's own start script, which KAFKA_HEAP_OPTS and KAFKA_JVM_PERFORMANCE_OPTS replace.
heap=${KAFKA_HEAP_OPTS:--Xmx1G -Xms1G}
performance=${KAFKA_JVM_PERFORMANCE_OPTS:--XX:+UseG1GC -XX:MaxGCPauseMillis=20}

# It refuses a directory that is formatted already, and that is a restart.
setup=$(java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 $(archive storage) -cp '/opt/kafka/libs/*' \
    kafka.docker.KafkaDockerWrapper setup \
    --default-configs-dir /etc/kafka/docker \
    --mounted-configs-dir /mnt/shared/config \
    --final-configs-dir /opt/kafka/config 2>&1) ||
    grep -qi 'already formatted' <<<"$setup" || { echo "$setup" && exit 1; }

exec java $heap $performance $(archive kafka) ${KAFKA_OPTS:-} \
    -Dkafka.logs.dir=/opt/kafka/logs -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml \
    -cp '/opt/kafka/libs/*' kafka.Kafka /opt/kafka/config/server.properties
