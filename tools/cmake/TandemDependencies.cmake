# The libraries we stand on: all from Debian's packages.
find_package(PkgConfig REQUIRED)
pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3>=3.40)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(UUID REQUIRED IMPORTED_TARGET uuid)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(PROTOBUF_C REQUIRED IMPORTED_TARGET libprotobuf-c)
pkg_check_modules(SMARTCOLS REQUIRED IMPORTED_TARGET smartcols)
find_package(Threads REQUIRED)

# libpg_query ships no .pc file. The shared library: the static one clashes with libpq's symbols.
find_path(PG_QUERY_INCLUDE_DIR pg_query.h REQUIRED)
find_library(PG_QUERY_LIBRARY NAMES libpg_query.so REQUIRED)
add_library(PgQuery INTERFACE)
target_include_directories(PgQuery INTERFACE ${PG_QUERY_INCLUDE_DIR})
target_link_libraries(PgQuery INTERFACE ${PG_QUERY_LIBRARY} PkgConfig::PROTOBUF_C)
