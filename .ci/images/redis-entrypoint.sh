#!/bin/sh
# What the official redis image promises of its entrypoint: arguments that begin with `-` (or a file that ends
# in .conf) go to redis-server; the server runs as user redis, with the files in its directory closed to others
# (umask 0077) and with protected mode off, which that image has compiled in.
set -eu

case "${1:-}" in
-* | *.conf) set -- redis-server "$@" ;;
esac

if [ "$1" = redis-server ]; then
    shift
    case "${1:-}" in
    *.conf)
        conf=$1
        shift
        set -- redis-server "$conf" --protected-mode no "$@"
        ;;
    *) set -- redis-server --protected-mode no "$@" ;;
    esac
    if [ "$(id -u)" = 0 ]; then
        find . ! -user redis -exec chown redis '{}' +
        set -- setpriv --reuid redis --regid redis --clear-groups "$@"
    fi
    umask 0077
fi
exec "$@"
