/* The splitter against PostgreSQL's own scanner: noise of all that opens, closes, escapes or ends something. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/sql/split.h"

#define ROUNDS 60000
#define NO_END ((size_t)-1)

struct split {
    struct td_arena arena;
    const char *text;
    struct td_pieces pieces;
};

static int do_split(void *data, struct td_err *err)
{
    struct split *s = data;
    (void)err;
    td_sql_split(&s->arena, s->text, strlen(s->text), &s->pieces);
    return TD_OK;
}

static void split(struct split *s, const char *text)
{
    struct td_err err = {0};
    *s = (struct split){.text = text};
    td_arena_init(&s->arena);
    assert_int_equal(td_arena_run(&s->arena, do_split, s, &err), TD_OK);
}

static unsigned next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*seed >> 33);
}

static const char *const bits[] = {
    "'",   "'",    "''",  "\"", "\"", "$$", "$$", "$a$", "$a$",    "$1",       "$",  "E'", "e'", "\\", "\\'",
    "U&'", "u&\"", "b'",  "X'", "n'", "--", "--", "/*",  "/*",     "*/",       "*/", "*",  "/",  "+",  "-",
    ";",   ";",    ";",   "(",  ")",  "\n", "\n", "\r",  "\r",     "\t",       "\f", " ",  " ",  "a",  "e",
    "b1",  "1",    "2.5", ".",  ",",  "=",  "[",  "]",   "select", "\xC3\xA4", "::", ":=", "<>",
};

static void make_noise(uint64_t *seed, struct td_buf *b)
{
    unsigned n = 1 + next(seed) % 24;
    td_buf_reset(b);
    while (n-- > 0)
        td_buf_add(b, bits[next(seed) % (sizeof bits / sizeof bits[0])]);
}

static void wrong(const char *text, const char *what, size_t at)
{
    struct td_buf b = {0};
    for (const char *p = text; *p != '\0'; p++)
        td_buf_printf(&b, *p >= ' ' && *p < 0x7F ? "%c" : "\\x%02x", (unsigned char)*p);
    print_error("%s at %zu: %s\n", what, at, td_buf_str(&b));
    td_buf_deinit(&b);
    fail();
}

/* The statements that PostgreSQL's tokens make, between semicolons outside of parentheses. Returns whether the text
 * ends inside parentheses, or a semicolon stands in them. */
static bool compare_tokens(const struct split *s, const PgQuery__ScanResult *r)
{
    size_t piece = 0, comment = 0, parens = 0, end = 0;
    bool open = false, inside = false;
    for (size_t i = 0; i < r->n_tokens; i++) {
        const PgQuery__ScanToken *t = r->tokens[i];
        size_t start = (size_t)t->start;
        if (t->token == PG_QUERY__TOKEN__SQL_COMMENT || t->token == PG_QUERY__TOKEN__C_COMMENT) {
            const struct td_comment *c = &s->pieces.comments.at[comment];
            while (comment < s->pieces.comments.len && c->start < start) { /* between the parts of one literal */
                comment++;
                c++;
            }
            if (comment++ >= s->pieces.comments.len || c->start != start || c->start + c->len != (size_t)t->end)
                wrong(s->text, "another comment", start);
            continue;
        }
        if (t->token == PG_QUERY__TOKEN__ASCII_59 && parens == 0) {
            if (open && end != NO_END && s->pieces.at[piece - 1].start + s->pieces.at[piece - 1].len != end)
                wrong(s->text, "another end", end);
            open = false;
            continue;
        }
        if (!open && (piece++ >= s->pieces.len || s->pieces.at[piece - 1].start != start))
            wrong(s->text, "another statement", start);
        open = true;
        inside = inside || (t->token == PG_QUERY__TOKEN__ASCII_59 && parens > 0);
        parens += t->token == PG_QUERY__TOKEN__ASCII_40;
        parens -= t->token == PG_QUERY__TOKEN__ASCII_41 && parens > 0;
        /* of U&"" and U&'' it says another one */
        end = t->token == PG_QUERY__TOKEN__UIDENT || t->token == PG_QUERY__TOKEN__USCONST ? NO_END : (size_t)t->end;
    }
    if (piece != s->pieces.len)
        wrong(s->text, "more statements", end);
    return inside || (open && parens > 0);
}

/* Unterminated what? Strings of bits and digits are strings for us. */
static bool same_kind(const char *ours, const char *theirs)
{
    static const char *const kinds[] = {"comment", "identifier", "dollar"};
    if (strstr(ours, "parenthesis") != NULL) /* which its parser looks at, after the scanner */
        return true;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if ((strstr(ours, kinds[i]) != NULL) != (strstr(theirs, kinds[i]) != NULL))
            return false;
    return true;
}

/* libpg_query keeps comments as tokens, and so has no literal go on behind one, as PostgreSQL does. */
static bool scans_otherwise(const char *text)
{
    return (strstr(text, "e'") != NULL || strstr(text, "E'") != NULL) && strstr(text, "--") != NULL;
}

/* Whether PostgreSQL scans the text to its end. */
static bool compare(const char *text)
{
    struct split s;
    PgQueryScanResult r = pg_query_scan(text);
    bool scanned = r.error == NULL;
    split(&s, text);
    if (r.error != NULL) {
        if (strncmp(r.error->message, "unterminated", 12) == 0 &&
            (s.pieces.unclosed == NULL || !same_kind(s.pieces.unclosed, r.error->message)))
            wrong(text, r.error->message, (size_t)r.error->cursorpos);
    } else {
        PgQuery__ScanResult *tokens = pg_query__scan_result__unpack(NULL, r.pbuf.len, (const uint8_t *)r.pbuf.data);
        assert_non_null(tokens);
        if (compare_tokens(&s, tokens) != (s.pieces.unclosed != NULL))
            wrong(text, s.pieces.unclosed == NULL ? "nothing unclosed" : s.pieces.unclosed, s.pieces.unclosed_at);
        pg_query__scan_result__free_unpacked(tokens, NULL);
    }
    pg_query_free_scan_result(r);
    td_arena_deinit(&s.arena);
    return scanned;
}

static void test_noise_is_split_as_postgresql_scans_it(void **state)
{
    struct td_buf b = {0};
    uint64_t seed = 20261130;
    int scanned = 0;
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        make_noise(&seed, &b);
        if (!scans_otherwise(td_buf_str(&b)))
            scanned += compare(td_buf_str(&b));
    }
    assert_true(scanned > ROUNDS / 5);
    td_buf_deinit(&b);
}

static void test_traps_are_split_as_postgresql_scans_them(void **state)
{
    static const char *const traps[] = {
        "select 1; -- c\rselect 2;\n select 3",
        "/* a /* b */ select 1; */ select 2; select 3",
        "select E'a'\n'\\';b'; select 2",
        "select 'a'\n'\\'; select 2",
        "select E'a' '\\'; select 2",
        "select $a$;$$;$a$; select $1$$;$$; select a$$; select 1$b$;$b$",
        "select U&'\\';'; select U&\"a;b\"; select b'1;0'",
        "select 1 /*/ ; */ ; select 2 */*;*/ 3; select 2+--;\n1",
        "\f;\t;\r\n select 1;;",
    };
    (void)state;
    for (size_t i = 0; i < sizeof traps / sizeof traps[0]; i++)
        compare(traps[i]);
}

static void expect_unclosed(const char *text, const char *what, size_t at)
{
    struct split s;
    split(&s, text);
    if (what == NULL)
        assert_null(s.pieces.unclosed);
    else
        assert_string_equal(s.pieces.unclosed, what);
    assert_int_equal(s.pieces.unclosed_at, at);
    td_arena_deinit(&s.arena);
}

static void test_what_is_not_closed_is_said_with_its_place(void **state)
{
    (void)state;
    expect_unclosed("select 1; /* a /* b */ select 2", "unterminated /* comment", 10);
    expect_unclosed("select 'a;\n", "unterminated quoted string", 7);
    expect_unclosed("select E'a\\';\n", "unterminated quoted string", 8);
    expect_unclosed("select \"a;\n", "unterminated quoted identifier", 7);
    expect_unclosed("select $a$;$$", "unterminated dollar-quoted string", 7);
    expect_unclosed("select f((1); select 2", "unterminated parenthesis", 8);
    expect_unclosed("select f(1; select 2)", "unterminated parenthesis", 8);
    expect_unclosed("create rule r as on insert to t do (select 1; select 2", "unterminated parenthesis", 35);
    expect_unclosed("create function f() returns int begin atomic select 1; select 2", "unterminated BEGIN ATOMIC", 38);
    expect_unclosed("-- '\nselect 1", NULL, 0);
}

static void expect_pieces(const char *text, size_t n)
{
    struct split s;
    split(&s, text);
    assert_int_equal(s.pieces.len, n);
    assert_null(s.pieces.unclosed);
    td_arena_deinit(&s.arena);
}

static void test_only_begin_atomic_holds_semicolons(void **state)
{
    (void)state;
    expect_pieces("create function begin() returns int language sql as 'select 1'; select 2", 2);
    expect_pieces("create function f() returns int begin atomic select 1 as end, a.case; select 2; end; select 3", 2);
    expect_pieces(
        "create function f() returns int begin /* x */ atomic select case when true then 1 end; end; select 3", 2);
    expect_pieces("create or replace rule r as on insert to t do also (select 1; select 2); select 3", 2);
    expect_pieces("select E'a' -- c\n  '\\';b'; select 2", 2);
    expect_pieces("create or replace procedure p() begin atomic insert into t values (1); end; begin; commit", 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noise_is_split_as_postgresql_scans_it),
        cmocka_unit_test(test_traps_are_split_as_postgresql_scans_them),
        cmocka_unit_test(test_what_is_not_closed_is_said_with_its_place),
        cmocka_unit_test(test_only_begin_atomic_holds_semicolons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
