#!/bin/sh
# Installs what the native backend runs, on Debian 12 or Ubuntu 24.04 and later: redis-server, mariadb-server, a JRE,
# and Apache Kafka's own jars by Maven. Run by `cargo lab up --install`, `cargo lab verify --install` and CI.
#
# Run again, it looks and is done in a few milliseconds. Without the right to install it prints what to run, and
# exits with 3. The servers themselves run as the user who tests, below target/lab/; those that the packages start
# are stopped again when it was this script that brought them.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kafka=4.2.0
libs=$here/../../../.lab/services/kafka-$kafka/libs

PATH=$PATH:/usr/sbin:/sbin
have() { command -v "$1" >/dev/null 2>&1; }

packages=
services=
have redis-server || { packages="$packages redis-server"; services="$services redis-server"; }
have mariadbd || have mysqld || { packages="$packages mariadb-server"; services="$services mariadb"; }
jre() {
    # Kafka 4 needs Java 17; the default of Ubuntu 22.04 is older. A name that only other packages mention has no candidate.
    for version in 21 17 25; do
        case $(apt-cache policy "openjdk-$version-jre-headless" 2>/dev/null | sed -n 's/^ *Candidate: //p') in
        '' | '(none)') ;;
        *)
            echo "openjdk-$version-jre-headless"
            return
            ;;
        esac
    done
    echo default-jre-headless
}
need_jre=
have java || need_jre=yes
[ -e "$libs/.complete" ] || have mvn || packages="$packages maven"

if [ -n "$packages$need_jre" ]; then
    sudo=
    if ! have apt-get; then
        echo "this machine has no apt-get: install redis-server, MariaDB or MySQL, Java 17 and Maven by hand, or start Docker" >&2
        exit 3
    elif [ "$(id -u)" -ne 0 ]; then
        if have sudo && sudo -n true 2>/dev/null; then
            sudo=sudo
        else
            [ -z "$need_jre" ] || packages="$packages $(jre)"
            echo "installing needs rights that this user does not have; run:" >&2
            echo "    sudo apt-get update && sudo apt-get install -y$packages" >&2
            echo "and then this command again" >&2
            exit 3
        fi
    fi
    $sudo apt-get update -qq
    [ -z "$need_jre" ] || packages="$packages $(jre)"
    echo "installing$packages"
    # shellcheck disable=SC2086 # several packages
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
    if [ -d /run/systemd/system ]; then
        for service in $services; do
            $sudo systemctl disable --quiet --now "$service" || true
        done
    fi
fi

if [ ! -e "$libs/.complete" ]; then
    echo "fetching Apache Kafka $kafka (55 MB)"
    rm -rf "$libs"
    mkdir -p "$libs"
    mvn -q -B -f "$here/../kafka/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$libs"
    touch "$libs/.complete"
fi
