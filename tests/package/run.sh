#!/bin/sh
# run.sh WHAT SOURCE_DIR WORK_DIR: the installed library, as a stranger's build finds it.
set -eu
what=$1 src=$2 work=$3
prefix=$work/prefix
lib=$(echo "$prefix"/lib*/libtandem.so "$prefix"/lib*/*/libtandem.so | tr ' ' '\n' | grep -v '\*' | head -1)

die() { echo "FAIL: $*"; exit 1; }
folder=$work/migrations
mkdir -p "$folder/20260101000000_first"
echo 'CREATE TABLE t (id serial PRIMARY KEY, at timestamptz DEFAULT now());' >"$folder/20260101000000_first/migration.sql"

case $what in
build)
    cmake -S "$src" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DTANDEM_TESTS=OFF \
        -DCMAKE_INSTALL_PREFIX="$prefix" >"$work/configure.log" || { cat "$work/configure.log"; exit 1; }
    cmake --build "$work/build" | tail -5
    rm -rf "$prefix"
    cmake --install "$work/build" >"$work/install.log"
    ;;
files)
    for f in bin/tandem include/tandem/tandem.h share/man/man1/tandem.1 share/man/man1/tandem-migrate-deploy.1 \
        share/bash-completion/completions/tandem share/zsh/site-functions/_tandem \
        share/fish/vendor_completions.d/tandem.fish; do
        [ -s "$prefix/$f" ] || die "$f is not installed"
    done
    find "$prefix" -name tandem.pc | grep -q . || die "no tandem.pc"
    [ "$(find "$prefix/include" -type f | wc -l)" = 2 ] || die "others than the public headers are installed"
    "$prefix/bin/tandem" --version
    ;;
symbols)
    nm -D --defined-only "$lib" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/exported"
    grep -oE '^ *TANDEM_API [^(]*\(' -h "$prefix/include/tandem/tandem.h" "$prefix/include/tandem/sync.h" | grep -oE 'tandem_[a-z_]+\(' | tr -d '(' |
        sort >"$work/declared"
    [ -s "$work/declared" ] || die "nothing is declared"
    diff "$work/declared" "$work/exported" || die "libtandem.so exports something else than the headers declare"
    nm -D --defined-only "$prefix/bin/tandem" | grep -E ' [TDBR] ' | grep -E 'pg_|palloc|protobuf_c' &&
        die "the program exports libpg_query's symbols"
    readelf -d "$lib" | grep -q 'SONAME.*libtandem\.so\.0' || die "soname"
    ;;
pkg-config)
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name tandem.pc)")
    export PKG_CONFIG_PATH
    # shellcheck disable=SC2046
    cc -std=c11 -Wall -Werror "$src/tests/package/consumer/main.c" -o "$work/by-pkg-config" \
        $(pkg-config --cflags --libs tandem)
    LD_LIBRARY_PATH=$(dirname "$lib") "$work/by-pkg-config" "$folder"
    echo '#include <tandem/tandem.h>' >"$work/plain.cc"
    ! command -v c++ >/dev/null || c++ -fsyntax-only -Wall -Werror $(pkg-config --cflags tandem) "$work/plain.cc"
    ;;
moved) # installed to another prefix than was configured, below DESTDIR
    rm -rf "$work/stage"
    DESTDIR=$work/stage cmake --install "$work/build" --prefix /opt/other >"$work/moved.log"
    PKG_CONFIG_PATH=$(dirname "$(find "$work/stage" -name tandem.pc)")
    export PKG_CONFIG_PATH
    [ "$(realpath "$(pkg-config --variable=prefix tandem)")" = "$(realpath "$work/stage/opt/other")" ] || die "prefix"
    # shellcheck disable=SC2046
    cc -std=c11 "$src/tests/package/consumer/main.c" -o "$work/moved" $(pkg-config --cflags --libs tandem)
    LD_LIBRARY_PATH=$(pkg-config --variable=libdir tandem) "$work/moved" "$folder"
    cmake -S "$src/tests/package/consumer" -B "$work/moved-cmake" -G Ninja \
        -DCMAKE_PREFIX_PATH="$work/stage/opt/other" >/dev/null
    cmake --build "$work/moved-cmake" >/dev/null
    "$work/moved-cmake/consumer" "$folder"
    ;;
cmake)
    cmake -S "$src/tests/package/consumer" -B "$work/by-cmake" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
    cmake --build "$work/by-cmake" >/dev/null
    "$work/by-cmake/consumer" "$folder"
    ;;
*) die "what is $what?" ;;
esac
