#!/usr/bin/env bash
# A Docker daemon for CI: `.ci/docker.sh` makes one answer, `.ci/docker.sh stop` ends the one it started.
#
# A CI machine may have no Docker at all, so the daemon comes from Debian's own packages and runs in the
# background. A daemon that already answers is used and never stopped: `stop` ends exactly the process whose
# pid and start time were remembered here, since a bare pid may belong to somebody else by then.
set -euo pipefail
cd "$(dirname "$0")/.."

state=target/lab/dockerd
pid_file=$state/dockerd.pid
log=$state/dockerd.log

say() { printf 'docker.sh: %s\n' "$*" >&2; }

answers() { timeout 10 docker version >/dev/null 2>&1; }

# Field 22 of /proc/PID/stat, counted after the name in parentheses, which may hold blanks. A zombie has none: it
# stays until somebody reaps it, which PID 1 of a container may never do.
start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'; }

# The pid of our own daemon, if it still runs.
ours() {
    local pid since
    [ -f "$pid_file" ] || return 1
    { read -r pid && read -r since; } <"$pid_file" || return 1
    [ -n "$pid" ] && [ "$(start_time "$pid")" = "$since" ] && echo "$pid"
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# Installs what of `docker.io` and `debootstrap` is missing.
install_missing() {
    local missing=()
    command -v docker >/dev/null && [ -x "$(PATH=$PATH:/usr/sbin command -v dockerd || true)" ] || missing+=(docker.io)
    PATH=$PATH:/usr/sbin command -v debootstrap >/dev/null || missing+=(debootstrap)
    [ ${#missing[@]} = 0 ] && return
    say "installing ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive sh -c \
        'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"' sh "${missing[@]}" \
        iptables ca-certificates >/dev/null
}

# Starts a daemon and waits until it answers; fails when it ends before that.
launch() {
    local pid deadline sudo=()
    mkdir -p "$state"
    if ! pid=$(ours); then
        # A killed daemon leaves its own pid file, and the next one refuses to start over it.
        as_root rm -f "$state/docker.pid"
        # A simple command and not a function: what runs in the background must be the daemon itself.
        [ "$(id -u)" = 0 ] || sudo=(sudo -n)
        PATH=$PATH:/usr/sbin setsid "${sudo[@]}" dockerd --pidfile "$PWD/$state/docker.pid" \
            >"$log" 2>&1 </dev/null &
        pid=$!
        printf '%s\n%s\n' "$pid" "$(start_time "$pid")" >"$pid_file"
        disown
    fi
    deadline=$((SECONDS + 60))
    until answers; do
        if ! ours >/dev/null; then
            say "dockerd ended; its last words, from $log:"
            tail -n 3 "$log" >&2
            return 1
        fi
        if [ $SECONDS -ge $deadline ]; then
            say "dockerd (pid $pid) did not answer within 60 s; see $log"
            return 1
        fi
        sleep 0.1
    done
}

start() {
    install_missing
    # Twice: right after a daemon was killed, the next one waits in vain for a containerd that dies with it.
    answers || launch || launch
    say "Docker $(docker version --format '{{.Server.Version}}') answers"
}

stop() {
    local pid deadline
    if ! pid=$(ours); then
        say "no daemon of ours runs"
        rm -f "$pid_file"
        return
    fi
    as_root kill "$pid"
    deadline=$((SECONDS + 30))
    while ours >/dev/null; do
        [ $SECONDS -lt $deadline ] || { say "dockerd (pid $pid) does not end; see $log"; exit 1; }
        sleep 0.1
    done
    rm -f "$pid_file"
    say "stopped"
}

case "${1:-start}" in
start) start ;;
stop) stop ;;
*)
    say "usage: .ci/docker.sh [start|stop]"
    exit 2
    ;;
esac
