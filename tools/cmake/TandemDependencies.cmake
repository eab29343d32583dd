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
find_package(Threads REQUIRED)

# libpg_query ships no .pc file. The static library (Debian's is position independent), its symbols kept inside what
# links it: the shared one exports PostgreSQL's own names (palloc, errstart, pg_utf_mblen...), which libpq has too.
# It brings its own protobuf-c; only that library's header is needed.
find_path(PG_QUERY_INCLUDE_DIR pg_query.h REQUIRED)
find_library(PG_QUERY_LIBRARY NAMES libpg_query.a REQUIRED)
add_library(PgQuery INTERFACE)
target_include_directories(PgQuery SYSTEM INTERFACE ${PG_QUERY_INCLUDE_DIR} ${PROTOBUF_C_INCLUDE_DIRS})
target_link_libraries(PgQuery INTERFACE ${PG_QUERY_LIBRARY} Threads::Threads)
target_link_options(PgQuery INTERFACE -Wl,--exclude-libs,libpg_query.a)

# Of libcrypto only SHA-256 is needed at each start: from the static library it is 20 KiB; to load the shared one takes
# longer than all that a `status` does. Where there is no static one, that is the price.
find_library(CRYPTO_ARCHIVE NAMES libcrypto.a HINTS ${CRYPTO_LIBRARY_DIRS} ${CRYPTO_LIBDIR})
add_library(Sha256 INTERFACE)
target_include_directories(Sha256 SYSTEM INTERFACE ${CRYPTO_INCLUDE_DIRS})
if(CRYPTO_ARCHIVE)
    set(CRYPTO_REQUIRED "")
    target_link_libraries(Sha256 INTERFACE ${CRYPTO_ARCHIVE})
    target_link_options(Sha256 INTERFACE -Wl,--exclude-libs,libcrypto.a)
else()
    set(CRYPTO_REQUIRED libcrypto)
    target_link_libraries(Sha256 INTERFACE PkgConfig::CRYPTO)
endif()

# Optional: man pages, and a faster second build.
find_program(SCDOC scdoc)
if(NOT SCDOC)
    message(STATUS "scdoc not found: man pages are not built")
endif()
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
    # It needs a home that can be written: tried, not assumed.
    execute_process(COMMAND ${CCACHE} ${CMAKE_C_COMPILER} -x c -c /dev/null -o ${CMAKE_BINARY_DIR}/ccache-probe.o
        RESULT_VARIABLE ccache_failed OUTPUT_QUIET ERROR_QUIET)
    if(NOT ccache_failed)
        set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
    endif()
endif()
