#!/bin/bash
# What the official mysql and mariadb images promise of their entrypoints, for whichever of the two the base
# has. Variables are MYSQL_* for mysql; mariadb reads MARIADB_* first and then MYSQL_*.
#
# Kept on purpose: the arguments are checked by a `--verbose --help` run; without a word about the root
# password nothing is created; the first start runs a temporary server without a network, so that "ready for
# connections" is logged while TCP is still closed.
# Better than there: a first start that is killed leaves no half-made data directory, since everything is
# prepared in a directory beside it, and `mysql/`, by which a finished one is known, is moved last.
set -euo pipefail

if command -v mariadbd >/dev/null; then
    daemon=mariadbd client=mariadb
else
    daemon=mysqld client=mysql
fi
data=/var/lib/mysql
# No leading dot: InnoDB does not look for its files in a hidden directory.
new=$data/being-made
socket=/run/mysqld/mysqld.sock

note() { printf '[Entrypoint] %s\n' "$*"; }
fail() { note "$@" >&2; exit 1; }

# setting NAME [DEFAULT]: MARIADB_NAME (on mariadb), else MYSQL_NAME, else the default.
setting() {
    local mariadb="MARIADB_$1" mysql="MYSQL_$1"
    if [ $daemon = mariadbd ] && [ -n "${!mariadb:-}" ]; then
        printf %s "${!mariadb}"
    else
        printf %s "${!mysql:-${2:-}}"
    fi
}

make_data() {
    local password host database server
    password=$(setting ROOT_PASSWORD)
    host=$(setting ROOT_HOST %)
    database=$(setting DATABASE)
    if [ -z "$password$(setting ALLOW_EMPTY_PASSWORD)$(setting ALLOW_EMPTY_ROOT_PASSWORD)" ]; then
        fail "the database is new, and neither *_ROOT_PASSWORD nor MYSQL_ALLOW_EMPTY_PASSWORD" \
            "(MARIADB_ALLOW_EMPTY_ROOT_PASSWORD) is given"
    fi
    rm -rf "$new"
    note "initializing database files"
    if [ $daemon = mariadbd ]; then
        mariadb-install-db --datadir="$new" --auth-root-authentication-method=normal --skip-test-db \
            --rpm --cross-bootstrap >/dev/null
    else
        "$@" --initialize-insecure --datadir="$new"
    fi

    note "starting temporary server"
    "$@" --datadir="$new" --skip-networking &
    server=$!
    until run_sql </dev/null 2>/dev/null; do
        kill -0 $server 2>/dev/null || fail "the temporary server ended"
        sleep 0.05
    done
    if [ -z "$(setting INITDB_SKIP_TZINFO)" ]; then
        "${client}_tzinfo_to_sql" /usr/share/zoneinfo 2>/dev/null | run_sql --database=mysql
    fi
    {
        # What is done here is no business of a replica.
        echo "SET @@SESSION.SQL_LOG_BIN=0;"
        if [ "$host" != localhost ]; then
            echo "CREATE USER 'root'@'$host' IDENTIFIED BY '$password';"
            echo "GRANT ALL ON *.* TO 'root'@'$host' WITH GRANT OPTION;"
        fi
        echo "ALTER USER 'root'@'localhost' IDENTIFIED BY '$password';"
        [ -z "$database" ] || echo "CREATE DATABASE IF NOT EXISTS \`$database\`;"
    } | run_sql
    export MYSQL_PWD=$password
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
        *.sql) run_sql ${database:+--database="$database"} <"$file" ;;
        *.sh) . "$file" ;;
        esac
    done
    unset MYSQL_PWD

    note "stopping temporary server"
    kill -TERM $server
    wait $server
    find "$new" -mindepth 1 -maxdepth 1 ! -name mysql -exec mv -t $data '{}' +
    mv "$new/mysql" $data/
    rmdir "$new"
    note "init process done. Ready for start up."
}

run_sql() { "$client" --no-defaults --user=root --socket=$socket --protocol=socket "$@"; }

[ $# -gt 0 ] || set -- $daemon
case "$1" in
-*) set -- $daemon "$@" ;;
mysqld) [ $daemon = mysqld ] || { shift; set -- $daemon "$@"; } ;;
esac

if [ "$1" = $daemon ]; then
    if [ "$(id -u)" = 0 ]; then
        find $data /run/mysqld ! -user mysql -exec chown --no-dereference mysql '{}' +
        exec setpriv --reuid mysql --regid mysql --clear-groups "$0" "$@"
    fi
    errors=$("$@" --verbose --help --log-bin-index=/tmp/check-config 2>&1 >/dev/null) ||
        fail "$daemon refuses its arguments: $errors"
    [ -d $data/mysql ] || make_data "$@"
fi
exec "$@"
