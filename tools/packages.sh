# Sourced by quickstart and check: installs what is missing of Debian's packages, and nothing when all is there.
# missing_packages PACKAGE...: prints those that are not installed.
missing_packages() {
    for p in "$@"; do
        dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok installed' || printf '%s ' "$p"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "Not root and no sudo. As root, run:  $*" >&2
        return 1
    fi
}

install_packages() {
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    echo "Installing: $missing" >&2
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing ||
        { as_root apt-get update &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; }
}

BUILD_PACKAGES="gcc libc6-dev cmake ninja-build pkg-config libsqlite3-dev libpq-dev libpg-query-dev libprotobuf-c-dev
    libcjson-dev libuv1-dev libssl-dev uuid-dev libutf8proc-dev libsmartcols-dev scdoc"
CHECK_PACKAGES="$BUILD_PACKAGES libcmocka-dev python3 bats sqlite3 postgresql pgbouncer clang-format"
