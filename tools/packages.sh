# Sourced by quickstart and check: installs what is missing of Debian's packages, and nothing when all is there.
# missing_packages PACKAGE...: prints those that are not installed.
missing_packages() {
    for p in "$@"; do
        dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok installed' || printf '%s ' "$p"
    done
}

# How this user becomes root: "", "sudo", or nothing and a failure. sudo that would ask asks only where somebody answers.
root_by() {
    if [ "$(id -u)" = 0 ]; then
        return 0
    elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        echo sudo
    else
        return 1
    fi
}

install_packages() {
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    install="apt-get install -y --no-install-recommends $missing"
    if ! by=$(root_by); then
        printf 'Packages are missing, and this user may not install them. As root, run:\n    %s\n' "$install" >&2
        return 1
    fi
    echo "Installing: $missing" >&2
    # the lists of packages may be missing or old: then they are fetched and it is tried again
    # shellcheck disable=SC2086
    $by env DEBIAN_FRONTEND=noninteractive $install ||
        { $by apt-get update && $by env DEBIAN_FRONTEND=noninteractive $install; } ||
        { printf 'Packages could not be installed. As root, run:\n    %s\n' "$install" >&2 && return 1; }
}

BUILD_PACKAGES="gcc libc6-dev cmake ninja-build pkg-config libsqlite3-dev libpq-dev libpg-query-dev libprotobuf-c-dev
    libcjson-dev libuv1-dev libssl-dev uuid-dev libutf8proc-dev scdoc"
CHECK_PACKAGES="$BUILD_PACKAGES libcmocka-dev python3 bats sqlite3 postgresql pgbouncer clang-format"
