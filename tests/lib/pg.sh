#!/bin/sh
# A throw-away PostgreSQL cluster for tests: Unix socket only (unless --tcp), an unprivileged user when run by root, no
# fsync, all in one directory that goes away with it.
#
#   pg.sh serve [--tcp]        starts one, prints "URL <url>" (of the database postgres) and runs until its standard
#                              input ends: with its caller's death at the latest. Then stops and removes it
#   pg.sh with [--tcp] CMD...  runs CMD with TANDEM_TEST_PG=<url>, so that all test programs share one cluster
#   pg.sh start DIR [--tcp]    starts one in DIR (made here) and prints its URL; goes on running
#   pg.sh stop DIR             stops it and removes DIR
#
# The superuser is "postgres", let in without a password; the role "td_password" (created by tests) needs one.
set -eu

die()
{
    echo "pg.sh: $*" >&2
    exit 1
}

find_bin()
{
    if [ -n "${TANDEM_PG_BIN:-}" ]; then
        echo "$TANDEM_PG_BIN"
        return
    fi
    for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -rn); do
        if [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then
            echo "$dir"
            return
        fi
    done
    if command -v initdb >/dev/null 2>&1; then
        dirname "$(command -v initdb)"
    fi
}

# PostgreSQL refuses to run as root.
as_user()
{
    if [ "$(id -u)" != 0 ]; then
        "$@"
    elif command -v setpriv >/dev/null 2>&1; then
        setpriv --reuid="$owner" --regid="$(id -g "$owner")" --clear-groups "$@"
    else
        runuser -u "$owner" -- "$@"
    fi
}

prepare()
{
    dir=$1
    owner=postgres
    id postgres >/dev/null 2>&1 || owner=nobody
    bin=$(find_bin)
    [ -n "$bin" ] || die "no PostgreSQL server is installed (initdb not found)"
    mkdir -p "$dir"
    chmod 755 "$dir"
    [ "$(id -u)" != 0 ] || chown "$owner" "$dir"
    data=$dir/data
}

free_port()
{
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null ||
        echo $((20000 + $$ % 20000))
}

initialise()
{
    (cd "$dir" && as_user "$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C --no-sync) \
        >"$dir/initdb.log" 2>&1 || {
        cat "$dir/initdb.log" >&2
        die "initdb failed"
    }
    cat >"$dir/hba" <<HBA
local all td_password scram-sha-256
host all td_password 127.0.0.1/32 scram-sha-256
local all all trust
host all all 127.0.0.1/32 trust
HBA
    cp "$dir/hba" "$data/pg_hba.conf"
    cat >>"$data/postgresql.conf" <<CONF
listen_addresses = '$listen'
port = $port
unix_socket_directories = '$dir'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 100
max_prepared_transactions = 20
shared_buffers = 32MB
autovacuum = off
lc_messages = 'C'
timezone = 'UTC'
log_min_messages = fatal
CONF
}

# Sets url.
start()
{
    prepare "$1"
    port=5432
    listen=
    if [ "$tcp" = 1 ]; then
        port=$(free_port)
        listen=127.0.0.1
    fi
    initialise
    (cd "$dir" && as_user "$bin/pg_ctl" -D "$data" -l "$dir/server.log" -w -t 60 start) >"$dir/pg_ctl.log" 2>&1 || {
        cat "$dir/pg_ctl.log" "$dir/server.log" >&2
        die "the server did not start"
    }
    if [ "$tcp" = 1 ]; then
        url="postgresql://postgres@127.0.0.1:$port/postgres"
    else
        url="postgresql://postgres@localhost:$port/postgres?host=$dir"
    fi
}

stop()
{
    prepare "$1"
    if [ -f "$data/postmaster.pid" ]; then
        (cd / && as_user "$bin/pg_ctl" -D "$data" -m immediate -w -t 30 stop) >/dev/null 2>&1 || true
    fi
    rm -rf "$dir"
}

temp_dir()
{
    mktemp -d "${TANDEM_TEST_TMP:-/tmp}/tdpg.XXXXXX"
}

command=${1:-}
[ $# -gt 0 ] && shift
tcp=0
case $command in
serve | with)
    if [ "${1:-}" = --tcp ]; then
        tcp=1
        shift
    fi
    home=$(temp_dir)
    trap 'stop "$home"' EXIT
    if [ "$command" = serve ]; then
        trap '' HUP INT TERM
        start "$home"
        echo "URL $url"
        exec >/dev/null
        cat >/dev/null
    else
        trap 'exit 129' HUP
        trap 'exit 130' INT
        trap 'exit 143' TERM
        start "$home"
        TANDEM_TEST_PG=$url "$@"
    fi
    ;;
start)
    [ $# -ge 1 ] || die "start needs a directory"
    [ "${2:-}" != --tcp ] || tcp=1
    start "$1"
    echo "$url"
    ;;
stop)
    [ $# -ge 1 ] || die "stop needs a directory"
    stop "$1"
    ;;
*)
    sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
    exit 64
    ;;
esac
