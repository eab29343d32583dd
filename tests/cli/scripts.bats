# The scripts that a newcomer runs first.
load helper

@test "the scripts are read by a plain shell" {
    for f in tools/quickstart tools/check tools/packages.sh .ci/run; do sh -n "$TANDEM_SOURCE/$f"; done
    grep -q tools/check "$TANDEM_SOURCE/.ci/run"
}

@test "a user who may not install packages is told, once, what to run as root" {
    chmod 755 .
    mkdir -m 755 bin # a PATH without sudo
    for tool in sh id dpkg-query grep printf; do
        ! command -v "$tool" >/dev/null || ln -s "$(command -v "$tool")" "bin/$tool"
    done
    ask='. "$0"; install_packages no-such-package dpkg && echo installed'
    exits 1 unprivileged env PATH=bin sh -c "$ask" "$TANDEM_SOURCE/tools/packages.sh" </dev/null
    has "As root, run:" "$stderr"
    has "apt-get install -y --no-install-recommends no-such-package" "$stderr"
    [ "$(wc -l <.stderr)" = 2 ]
    # one that would ask for a password asks nobody where nobody answers
    printf '#!/bin/sh\necho "sudo: a password is required" >&2\nexit 1\n' >bin/sudo
    chmod 755 bin/sudo
    exits 1 unprivileged env PATH=bin sh -c "$ask" "$TANDEM_SOURCE/tools/packages.sh" </dev/null
    [ "$(wc -l <.stderr)" = 2 ]
    exits 0 unprivileged sh -c '. "$0"; install_packages dpkg' "$TANDEM_SOURCE/tools/packages.sh"
}

@test "a server of the benchmarks ends with them, however they end" {
    hash initdb 2>/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || skip "no PostgreSQL server"
    work=$(mktemp -d /tmp/tdbench.XXXXXX) # its path is short enough for a socket
    chmod 755 "$work"
    script='import pathlib, runpy, sys, time
db = runpy.run_path(sys.argv[1])["Databases"](pathlib.Path(sys.argv[2]))
print((db.own / "data/postmaster.pid").read_text().split()[0], flush=True)
time.sleep(60)'
    env -u PGURL python3 -c "$script" "$TANDEM_SOURCE/tests/bench/run" "$work" >pid 2>.stderr 3>&- &
    bench=$!
    for _ in $(seq 300); do [ -s pid ] || sleep 0.1; done
    server=$(cat pid)
    kill -0 "$server"
    kill -KILL "$bench"
    for _ in $(seq 100); do ! kill -0 "$server" 2>/dev/null || sleep 0.1; done
    for _ in $(seq 100); do [ -z "$(ls "$work")" ] || sleep 0.1; done
    kill -0 "$server" 2>/dev/null && return 1
    rmdir "$work" # nothing is left in it
}
