#include "core/sql/parse.h"

#include <pg_query.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "core/base/arena.h"
#include "core/base/mem.h"
#include "core/sql/absent.h"
#include "core/sql/deep.h"
#include "core/sql/mark.h"
#include "core/sql/message.h"
#include "core/sql/split.h"
#include "core/sql/tree.h"

/* Trees deeper than this (in messages; an operator is two) are an error: about 10,000 chained operators, more than
 * PostgreSQL's own stack takes. Whoever walks a tree by recursion relies on it. */
#define DEPTH_MAX 20100
/* Operators in one chain that are worth a try: libpg_query's packing takes time by the square of a tree's depth,
 * seconds at this bound, and four times DEPTH_MAX leaves room for ANDs and ORs, which nest flat. */
#define CHAIN_MAX 40000
/* A statement of so many bytes cannot be nested deeper than an ordinary stack takes: a level is two bytes at least. */
#define SHALLOW_BYTES 2048

/* --- memory of a tree: blocks of the heap, filled from the front, freed all at once --- */

struct block {
    struct block *next;
    size_t used, size;
    _Alignas(16) char bytes[];
};

static void blocks_free(void *p)
{
    for (struct block *b = p; b != NULL;) {
        struct block *next = b->next;
        td_mem_free(b);
        b = next;
    }
}

static void *block_alloc(void *data, size_t size)
{
    struct block **head = data, *b = *head;
    void *p;
    size = (size + 15) & ~(size_t)15;
    if (b == NULL || b->size - b->used < size) {
        size_t room = size > 16384 ? size : 16384;
        b = td_mem_alloc(sizeof *b + room);
        if (b == NULL)
            return NULL;
        *b = (struct block){.next = *head, .size = room};
        *head = b;
    }
    p = b->bytes + b->used;
    b->used += size;
    return p;
}

static void block_free(void *data, void *p)
{
    (void)data;
    (void)p;
}

/* --- on the deep stack, or in reach of it: nothing here may touch the arena --- */

struct parsed {
    PgQuery__Node *node;
    char message[512]; /* of the parser; "" when there is a node */
    int cursor;        /* 1-based, in characters; 0: unknown */
    bool too_deep, several;
};

struct parse_job {
    const char *text;
    const struct td_piece *pieces;
    size_t n;
    struct parsed *out;
    struct block *blocks;
    bool nomem;
};

static void take_tree(struct parse_job *job, const PgQueryProtobuf *packed, size_t bytes, struct parsed *out)
{
    ProtobufCAllocator alloc = {block_alloc, block_free, &job->blocks};
    PgQuery__ParseResult *tree = pg_query__parse_result__unpack(&alloc, packed->len, (const uint8_t *)packed->data);
    if (tree == NULL) {
        job->nomem = true;
        return;
    }
    if (tree->n_stmts != 1 || tree->stmts[0]->stmt == NULL)
        out->several = true;
    else if (bytes > SHALLOW_BYTES && td_message_depth(&tree->base, DEPTH_MAX) > DEPTH_MAX)
        out->too_deep = true;
    else
        out->node = tree->stmts[0]->stmt;
}

static void copy_text(char *out, size_t size, const char *s)
{
    size_t n = strlen(s);
    if (n >= size)
        n = size - 1;
    memcpy(out, s, n);
    out[n] = '\0';
}

static void parse_piece(struct parse_job *job, const struct td_piece *p, struct parsed *out)
{
    PgQueryProtobufParseResult r;
    char *text;
    if (p->chain > CHAIN_MAX) {
        out->too_deep = true;
        return;
    }
    text = td_mem_dup(job->text + p->start, p->len);
    if (text == NULL) {
        job->nomem = true;
        return;
    }
    r = pg_query_parse_protobuf(text);
    if (r.error != NULL) {
        copy_text(out->message, sizeof out->message, r.error->message == NULL ? "" : r.error->message);
        out->cursor = r.error->cursorpos;
    } else {
        take_tree(job, &r.parse_tree, p->len, out);
        if (out->node != NULL && !td_sql_mark_absent(out->node, text))
            job->nomem = true;
    }
    pg_query_free_protobuf_parse_result(r);
    td_mem_free(text);
}

static void parse_pieces(void *data)
{
    struct parse_job *job = data;
    for (size_t i = 0; i < job->n && !job->nomem; i++)
        parse_piece(job, &job->pieces[i], &job->out[i]);
}

/* A thread costs more than the parsing of a short file. */
static bool is_shallow(const struct parse_job *job)
{
    for (size_t i = 0; i < job->n; i++)
        if (job->pieces[i].len > SHALLOW_BYTES)
            return false;
    return true;
}

static int run_job(struct td_arena *a, struct parse_job *job, struct td_err *err)
{
    int rc = TD_OK;
    if (is_shallow(job))
        parse_pieces(job);
    else
        rc = td_deep_run(parse_pieces, job, err);
    if (job->blocks != NULL)
        td_arena_defer(a, blocks_free, job->blocks);
    return rc == TD_OK && job->nomem ? td_err_nomem(err) : rc;
}

/* --- back on the caller's stack --- */

static bool shift_node(PgQuery__Node *n, void *data)
{
    struct td_fields fields = td_message_fields(&n->base);
    for (size_t i = 0; i < fields.len; i++) {
        ProtobufCMessage *m = td_message_child(&n->base, &fields.at[i], 0);
        if (m != NULL)
            td_tree_shift(m, *(const int32_t *)data);
    }
    return true;
}

/* The parser counts from the statement's first byte; our places count from the file's. */
static void shift(PgQuery__Node *n, size_t by)
{
    int32_t offset = (int32_t)by;
    if (offset != 0)
        td_tree_walk(n, shift_node, &offset);
}

static size_t character_offset(const char *text, size_t len, int cursor)
{
    size_t at = 0;
    for (int i = 1; i < cursor && at < len; i++) {
        at++;
        while (at < len && ((unsigned char)text[at] & 0xC0) == 0x80)
            at++;
    }
    return at;
}

static struct td_err *piece_error(struct td_arena *a, const struct td_source *s, const struct td_piece *p,
                                  const struct parsed *r)
{
    struct td_err *e = td_arena_new(a, struct td_err);
    size_t at = p->start + character_offset(s->text + p->start, p->len, r->cursor);
    if (r->too_deep) {
        td_err_set(e, TD_C_SQL_DEEP, "an expression is nested or chained too deep");
        td_err_sqlstate(e, "54001");
        td_err_next(e, "Write the chain as a list (IN, ANY, VALUES) or split the statement.");
    } else {
        td_err_set(e, TD_C_SQL_SYNTAX, "%s", r->several ? "this is not one statement" : r->message);
        td_err_sqlstate(e, "42601");
        td_err_next(e,
                    "Correct the statement; if it is newer than PostgreSQL 15, put `-- tandem: postgres` in the line "
                    "before it.");
    }
    td_err_source(e, s, at, 0);
    return e;
}

static int check_text(struct td_arena *a, const char *path, const char *text, size_t len, struct td_err *err)
{
    size_t at = 0;
    while (at < len) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)(len - at), &c);
        if (n <= 0 || c == 0) {
            struct td_source s;
            unsigned line, column;
            td_source_init(a, &s, path, text, at);
            td_source_place(&s, at, &line, &column);
            td_err_set(err, TD_C_SQL_TEXT,
                       n <= 0 ? "byte 0x%02x is not UTF-8" : "byte 0x%02x (NUL) cannot stand in SQL",
                       (unsigned)(unsigned char)text[at]);
            td_err_next(err, "Save the file as UTF-8 text.");
            return td_err_at(err, path == NULL ? "" : path, line, column);
        }
        at += (size_t)n;
    }
    return TD_OK;
}

/* Where a backslash escapes a quote, what seems open may be closed: our rules are those of the setting's default. */
static bool has_other_strings(const char *text)
{
    static const char name[] = "standard_conforming_strings";
    for (const char *p = strcasestr(text, name); p != NULL; p = strcasestr(p, name)) {
        p += sizeof name - 1;
        p += strspn(p, " \t\r\n=");
        if (strncasecmp(p, "to", 2) == 0)
            p += 2;
        p += strspn(p, " \t\r\n'\"");
        if (strncasecmp(p, "on", 2) != 0 && strncasecmp(p, "true", 4) != 0)
            return true;
    }
    return false;
}

/* Of the file, not of a statement: whoever leaves that statement out would leave out all that is inside it. */
static int check_closed(const struct td_sql_file *f, const struct td_pieces *p, struct td_err *err)
{
    if (p->unclosed == NULL || has_other_strings(f->src.text))
        return TD_OK;
    td_err_set(err, TD_C_SQL_UNCLOSED, "%s", p->unclosed);
    td_err_sqlstate(err, "42601");
    td_err_why(err, "the rest of the file is inside it");
    td_err_next(err, "Close it where it was meant to end.");
    return td_err_source(err, &f->src, p->unclosed_at, 0);
}

static void add_statements(struct td_arena *a, struct td_sql_file *f, const struct td_pieces *p, const struct parsed *r)
{
    for (size_t i = 0; i < p->len; i++) {
        struct td_sql_stmt *s = td_vec_add(a, f);
        s->start = p->at[i].start;
        s->len = p->at[i].len;
        s->index = (unsigned)i;
        s->node = r[i].node;
        if (r[i].node == NULL)
            s->parse_error = piece_error(a, &f->src, &p->at[i], &r[i]);
        else
            shift(r[i].node, s->start);
    }
}

int td_sql_parse(struct td_arena *a, const char *path, const char *text, size_t len, struct td_sql_file **out,
                 struct td_err *err)
{
    struct td_sql_file *f = td_arena_new(a, struct td_sql_file);
    struct td_pieces pieces = {0};
    struct parse_job job = {0};
    char *copy;
    int rc;

    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    if (len > INT32_MAX)
        return td_err_set(err, TD_C_TOO_LARGE, "a file of SQL may have 2 GiB at most");
    rc = check_text(a, path, text, len, err);
    if (rc != TD_OK)
        return rc;
    copy = td_arena_dup(a, text, len);
    td_source_init(a, &f->src, td_arena_strdup(a, path), copy, len);
    td_sql_split(a, copy, len, &pieces);
    rc = check_closed(f, &pieces, err);
    if (rc != TD_OK)
        return rc;
    job = (struct parse_job){.text = copy, .pieces = pieces.at, .n = pieces.len};
    job.out = td_arena_alloc(a, (pieces.len + 1) * sizeof *job.out);
    rc = run_job(a, &job, err);
    if (rc != TD_OK)
        return rc;
    add_statements(a, f, &pieces, job.out);
    rc = td_marks_read(a, &pieces, f, err);
    if (rc == TD_OK)
        *out = f;
    return rc;
}

/* --- texts that are not from a file --- */

static int parse_text(struct td_arena *a, const char *text, struct parsed *out, struct td_err *err)
{
    struct td_pieces pieces = {0};
    struct parse_job job = {.text = text, .n = 1, .out = out};
    struct td_piece whole = {.len = strlen(text)};
    td_sql_split(a, text, whole.len, &pieces);
    for (size_t i = 0; i < pieces.len; i++)
        whole.chain = pieces.at[i].chain > whole.chain ? pieces.at[i].chain : whole.chain;
    job.pieces = &whole;
    return run_job(a, &job, err);
}

/* SELECT of one bare expression and nothing else? */
static const PgQuery__Node *only_expression(const PgQuery__Node *n)
{
    const PgQuery__SelectStmt *s;
    if (n == NULL || n->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return NULL;
    s = n->select_stmt;
    if (s->n_target_list != 1 || s->n_from_clause != 0 || s->where_clause != NULL || s->op > 1)
        return NULL;
    return s->target_list[0]->res_target->val;
}

int td_sql_parse_expr(struct td_arena *a, const char *text, const PgQuery__Node **out, struct td_err *err)
{
    char *wrapped = td_arena_printf(a, "SELECT (%s\n)", text);
    struct parsed as_expr = {0}, as_stmt = {0};
    int rc = parse_text(a, wrapped, &as_expr, err);
    if (rc != TD_OK)
        return rc;
    *out = only_expression(as_expr.node);
    if (*out != NULL)
        return TD_OK;
    rc = parse_text(a, text, &as_stmt, err);
    if (rc != TD_OK)
        return rc;
    *out = as_stmt.node;
    if (*out != NULL)
        return TD_OK;
    if (as_expr.too_deep || as_stmt.too_deep)
        return td_err_set(err, TD_C_SQL_DEEP, "an expression is nested or chained too deep");
    td_err_set(err, TD_C_SQL_SYNTAX, "%s", as_expr.message[0] != '\0' ? as_expr.message : "not an expression");
    return td_err_sqlstate(err, "42601");
}

struct plpgsql_job {
    const char *text;
    PgQueryPlpgsqlParseResult result;
};

static void parse_plpgsql(void *data)
{
    struct plpgsql_job *job = data;
    job->result = pg_query_parse_plpgsql(job->text);
}

int td_sql_parse_plpgsql(struct td_arena *a, const char *create_function, const char **json_out, struct td_err *err)
{
    struct plpgsql_job job = {.text = create_function};
    char *json;
    int rc = td_deep_run(parse_plpgsql, &job, err);
    if (rc != TD_OK)
        return rc;
    if (job.result.error != NULL) {
        rc = td_err_set(err, TD_C_SQL_PLPGSQL, "%s", job.result.error->message);
        pg_query_free_plpgsql_parse_result(job.result);
        return rc;
    }
    json = td_mem_strdup(job.result.plpgsql_funcs);
    pg_query_free_plpgsql_parse_result(job.result);
    if (json == NULL)
        return td_err_nomem(err);
    td_arena_defer(a, td_mem_free, json);
    *json_out = json;
    return TD_OK;
}
