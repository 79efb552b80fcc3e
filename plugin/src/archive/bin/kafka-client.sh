# Sourced by the commands beside it: the Java and the Kafka client that a worker has, and the archive's own jars.
# $1 is the command's name, for messages; sets program, the command line without the main class.

lib="$(cd "$(dirname "${BASH_SOURCE[0]}")/../lib" && pwd -P)"

java="${JAVA_HOME:+${JAVA_HOME}/bin/}java"
if ! version="$("$java" -version 2>&1)"; then
    printf '%s: no java found; Java 17 or newer is needed (JAVA_HOME is %s)\n' "$1" "${JAVA_HOME:-not set}" >&2
    exit 2
fi
version="$(sed -n 's/.* version "\([0-9]*\).*/\1/p' <<<"$version" | head -n 1)"
if [[ -n "$version" ]] && ((version < 17)); then
    printf '%s: %s is Java %s; Java 17 or newer is needed\n' "$1" "$java" "$version" >&2
    exit 2
fi

if [[ -n "${KAFKA_LIBS:-}" ]]; then
    places=("$KAFKA_LIBS")
elif [[ -n "${KAFKA_HOME:-}" ]]; then
    places=("${KAFKA_HOME}/libs")
else
    places=("${CONFLUENT_HOME:-}/share/java/kafka" /opt/kafka/libs /usr/share/java/kafka)
fi
kafka=""
for folder in "${places[@]}"; do
    if [[ -n "$(find -L "$folder" -maxdepth 1 -name 'kafka-clients-*.jar' -print -quit 2>/dev/null || true)" ]]; then
        kafka="$folder"
        break
    fi
done
if [[ -z "$kafka" ]]; then
    printf '%s: no kafka-clients-*.jar in %s; set KAFKA_HOME to the folder of a Kafka installation, or KAFKA_LIBS to the one with its jars\n' \
        "$1" "$(printf '%s ' "${places[@]}")" >&2
    exit 2
fi

# our own jars first: a worker may have other versions of the same libraries. Kafka's client logs nothing, whatever it logs with
program=("$java" -Xmx512m -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=error -Dlog4j2.level=OFF
    -cp "${lib}/*:${kafka}/*")
