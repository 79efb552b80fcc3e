# Sourced by the commands in bin/: what they need from the build, built when it is missing or older than its sources.
# A command that needs more modules than these names them before, and what they leave behind in build_results.
: "${build_modules:=plugin,testkit,kafka-runtime}"
: "${build_results:=}"

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
kafka_version="${KAFKA_VERSION:-4.3.1}"
kafka_libs="${root}/kafka-runtime/target/kafka-${kafka_version}/libs"

find_java() {
    java="${JAVA_HOME:+${JAVA_HOME}/bin/}java"
    local version
    if ! version="$("$java" -version 2>&1)"; then
        printf '%s: no java found; a JDK 17 or newer is needed (JAVA_HOME is %s)\n' "$1" "${JAVA_HOME:-not set}" >&2
        exit 1
    fi
    version="$(sed -n 's/.* version "\([0-9]*\).*/\1/p' <<<"$version" | head -n 1)"
    if [[ -n "$version" ]] && ((version < 17)); then
        printf '%s: %s is Java %s; a JDK 17 or newer is needed\n' "$1" "$java" "$version" >&2
        exit 1
    fi
}

# The newest of the paths on standard input: a checkout may hold archives of other versions.
newest() {
    local newest='' path
    while IFS= read -r path; do
        if [[ -z "$newest" || "$path" -nt "$newest" ]]; then newest="$path"; fi
    done
    printf '%s' "$newest"
}

archive() { find "${root}/plugin/target" -name 'fenceline-kafka-connect-fenceline-*.zip' 2>/dev/null | newest; }

# The folder with the archive's jars, as unpacked by the build.
archive_libs() { find "${root}/plugin/target" -type d -path '*/fenceline-kafka-connect-fenceline-*/lib' 2>/dev/null | newest; }

is_stale() {
    local zip
    zip="$(archive)"
    [[ -n "$zip" && -d "$kafka_libs" && -d "${root}/testkit/target/classes" && -n "$(archive_libs)" ]] || return 0
    [[ -z "$build_results" || (-e "${root}/${build_results}" && ! "${root}/${build_results}" -ot "$zip") ]] || return 0
    [[ -n "$(find "$root"/pom.xml "$root"/*/pom.xml "$root"/*/src/main "$root"/plugin/src/archive "$root"/manifest.json "$root"/config "$root"/LICENSE \
        -type f -newer "$zip" -print 2>/dev/null | head -n 1)" ]]
}

# Runs Maven without its output, but with a line every two seconds; $1 names the command for messages.
build_if_stale() {
    is_stale || return 0
    if ! command -v mvn >/dev/null 2>&1; then
        printf '%s: the archive is not built yet and there is no mvn on the PATH; Maven 3.8 or newer is needed\n' "$1" >&2
        exit 1
    fi
    local log pid started=$SECONDS now status=0
    mkdir -p "${root}/target"
    log="${root}/target/build.log"
    printf '%s: building the archive (mvn package; the first time it downloads its libraries)\n' "$1" >&2
    (cd "$root" && exec mvn -B -Dquick -Dmaven.test.skip=true "-Dkafka.runtime.version=${kafka_version}" \
        -pl "$build_modules" -am package) >"$log" 2>&1 </dev/null &
    pid=$!
    trap 'kill "$pid" 2>/dev/null; exit 130' INT
    trap 'kill "$pid" 2>/dev/null; exit 143' TERM
    while kill -0 "$pid" 2>/dev/null; do
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.2
        done
        kill -0 "$pid" 2>/dev/null || break
        now="$(grep -E '^Downloading from|Building Fenceline' "$log" | tail -n 1 | sed -e 's/^\[INFO\] //' -e 's/Downloading from [^:]*: .*\//downloading /' -e 's/ \[[0-9/]*\]$//' || true)"
        printf '          … %s s: %s\n' "$((SECONDS - started))" "${now:-starting Maven}" >&2
    done
    wait "$pid" || status=$?
    trap - INT TERM
    if ((status != 0)); then
        printf '%s: the build failed; from its log %s:\n' "$1" "$log" >&2
        grep -E 'ERROR|BUILD' "$log" | head -n 20 >&2
        exit 1
    fi
    printf '%s: built in %s s\n' "$1" "$((SECONDS - started))" >&2
    # Maven leaves an archive alone whose contents would be the same
    touch "$(archive)"
    [[ -z "$build_results" ]] || touch "${root}/${build_results}"
}
