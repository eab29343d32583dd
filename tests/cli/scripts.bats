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
