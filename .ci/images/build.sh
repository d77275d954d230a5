#!/usr/bin/env bash
# Builds CI's own images of the services, since none can be pulled there, and prints the variables that make
# the testbed use them:
#
#     eval "$(.ci/images/build.sh)"             # Debian unstable: Redis 8, MySQL 9, Kafka 4 on Java 25
#     eval "$(.ci/images/build.sh bookworm)"    # Debian 12: Redis 7, MariaDB 10.11, Kafka 4 on Java 17
#
# The base is made by debootstrap; only unstable has MySQL. A day on which unstable is broken must not stop CI: then
# it is Debian 12, and that is said loudly. Bases that exist are kept; what changed beside this file is built again.
set -euo pipefail
cd "$(dirname "$0")/../.."

mirror=http://deb.debian.org/debian
work=$PWD/target/lab/images
libs=${LAB_KAFKA_HOME:-$PWD/.lab/services/kafka-4.2.0}/libs
name=load-bearing-ci
# The command-line client may be newer than the daemon and come without buildx.
export DOCKER_BUILDKIT=0
mkdir -p "$work"

say() { printf 'images: %s\n' "$*" >&2; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
exists() { docker image inspect "$1" >/dev/null 2>&1; }

packages() {
    case "$1" in
    sid) echo redis-server,mysql-server-core,mysql-client-core,default-jre-headless ;;
    bookworm) echo redis-server,mariadb-server-core,mariadb-client-core,default-jre-headless ;;
    esac
}

# base SUITE: the root file system of a suite with all servers in it, as one image.
base() {
    local suite=$1 root=$work/$1 log=$work/$1.log
    exists "$name/base:$suite" && return
    say "debootstrap $suite (a minute; log: $log)"
    as_root rm -rf "$root"
    PATH=$PATH:/usr/sbin as_root debootstrap --variant=minbase --include="$(packages "$suite")" \
        "$suite" "$root" "$mirror" >"$log" 2>&1 || { tail -n 20 "$log" >&2; return 1; }
    as_root tar -C "$root" -c --exclude=./var/cache/apt --exclude=./var/lib/apt/lists --exclude=./usr/share/doc \
        --exclude=./usr/share/man --exclude=./usr/share/locale . |
        docker import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
            - "$name/base:$suite" >/dev/null || return 1
    as_root rm -rf "$root"
}

# image TARGET TAG: one stage of the Dockerfile. Its context goes through a pipe, because Kafka's jars
# lie elsewhere; docker's own cache makes an unchanged image a matter of milliseconds.
image() {
    local target=$1 tag=$2 log=$work/$1.log with=()
    if [ "$target" = kafka ]; then with=(-C "$(dirname "$libs")" libs); fi
    tar -c -C .ci/images --owner=0 --group=0 . "${with[@]}" |
        docker build --quiet --build-arg BASE="$name/base:$suite" --target "$target" --tag "$tag" - \
            >"$log" 2>&1 || { say "$tag was not built:"; tail -n 20 "$log" >&2; return 1; }
}

# The same jars in the same place as tests/testbed/install/debian.sh, without the servers that it installs too.
kafka_jars() {
    [ -e "$libs/.complete" ] && return
    say "fetching Kafka's jars"
    command -v mvn >/dev/null || as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update -qq && apt-get install -y -qq --no-install-recommends maven default-jre-headless' >/dev/null
    rm -rf "$libs"
    mkdir -p "$libs"
    mvn -q -B -f tests/testbed/kafka/pom.xml dependency:copy-dependencies -DincludeScope=runtime \
        -DoutputDirectory="$libs" >&2
    touch "$libs/.complete"
}

suite=${1:-sid}
case "$suite" in
sid | bookworm) ;;
*) say "usage: .ci/images/build.sh [sid|bookworm]" && exit 2 ;;
esac
.ci/docker.sh
kafka_jars
if ! base "$suite"; then
    [ "$suite" = sid ] || exit 1
    say "*** DEBIAN UNSTABLE FAILED: THIS RUN HAS DEBIAN 12, WITH REDIS 7.0 AND MARIADB 10.11 ***"
    suite=bookworm
    base "$suite"
fi
database=mysql
[ "$suite" = sid ] || database=mariadb

image redis "$name/redis:$suite"
image mysql "$name/$database:$suite"
image kafka "$name/kafka:$suite"
say "ready: $name/redis, $name/$database, $name/kafka of Debian $suite"
cat <<END
export LAB_REDIS_IMAGE=$name/redis:$suite
export LAB_MYSQL_IMAGE=$name/$database:$suite
export LAB_KAFKA_IMAGE=$name/kafka:$suite
END
