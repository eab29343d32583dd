# Run by tests/lib/pg.sh with --tcp: TANDEM_TEST_PG is a superuser's URL. A real pgbouncer stands in between, in
# transaction mode with fewer servers than clients, so that each transaction may meet another backend.
load helper

setup_file() {
    [ -x /usr/sbin/pgbouncer ] || return 0
    local rest=${TANDEM_TEST_PG#*127.0.0.1:}
    export server_port=${rest%%/*}
    pooler_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    export pooler_port
    cat >"$BATS_FILE_TMPDIR/pgbouncer.ini" <<INI
[databases]
* = host=127.0.0.1 port=$server_port user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pooler_port
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
ignore_startup_parameters = extra_float_digits
INI
    cd / && run_as_nobody /usr/sbin/pgbouncer -q \
        /dev/fd/0 <"$BATS_FILE_TMPDIR/pgbouncer.ini" >"$BATS_FILE_TMPDIR/pooler.log" 2>&1 3>&- &
    echo $! >"$BATS_FILE_TMPDIR/pid"
    for _ in $(seq 50); do
        psql -XAtqc 'SELECT 1' "postgresql://postgres@127.0.0.1:$pooler_port/postgres" >/dev/null 2>&1 && return
        sleep 0.1
    done
    cat "$BATS_FILE_TMPDIR/pooler.log"
    return 1
}

teardown_file() {
    [ ! -f "$BATS_FILE_TMPDIR/pid" ] || kill "$(cat "$BATS_FILE_TMPDIR/pid")"
}

run_as_nobody() {
    if [ "$(id -u)" = 0 ]; then
        exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    fi
    exec "$@"
}

# Each prepared statement used to be parsed and described in two goes, between which another client's could come.
@test "eight deployers at once through pgbouncer, half of them direct: each migration once, nobody fails" {
    [ -x /usr/sbin/pgbouncer ] || skip "pgbouncer is not installed"
    for i in 1 2 3 4 5 6; do
        migration "2026010${i}000000_m" <<<"CREATE TABLE t$i (n int); INSERT INTO t$i VALUES (1);"
    done
    direct="postgresql://postgres@127.0.0.1:$server_port/pooled"
    pooled="postgresql://postgres@127.0.0.1:$pooler_port/pooled"
    for round in 1 2 3; do
        psql -XAtq "$TANDEM_TEST_PG" -c "DROP DATABASE IF EXISTS pooled WITH (FORCE)" -c "CREATE DATABASE pooled"
        for i in 1 2 3 4 5 6 7 8; do
            url=$pooled
            [ "$round" = 1 ] || [ $((i % 2)) = 0 ] || url=$direct
            (tandem migrate deploy --url "$url" >"out.$i" 2>&1; echo "exit $?" >>"out.$i") &
            pids[i]=$!
        done
        wait "${pids[@]}"
        [ "$(tail -qn1 out.? | sort | uniq -c | tr -s ' ')" = " 8 exit 0" ] || { cat out.?; return 1; }
        [ "$(psql -XAtq "$direct" -c "SELECT count(*) || ',' || count(DISTINCT name) FROM tandem.migrations")" = 6,6 ]
        [ "$(psql -XAtq "$direct" -c "SELECT count(*) FROM tandem.lease")" = 0 ]
    done
}
