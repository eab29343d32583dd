#include "core/sql/tree.h"

#include <pg_query.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/sql/deep.h"
#include "core/sql/message.h"

/* What an ordinary stack takes without a thought; a thread costs more than to print so little. */
#define SHALLOW_DEPTH 500

const char *td_tree_string(const PgQuery__Node *n)
{
    if (n == NULL || n->node_case != PG_QUERY__NODE__NODE_STRING)
        return NULL;
    return n->string->sval == NULL ? "" : n->string->sval;
}

const char *td_tree_name(PgQuery__Node *const *names, size_t n, const char **schema_out)
{
    const char *name = n > 0 ? td_tree_string(names[n - 1]) : NULL;
    if (schema_out != NULL)
        *schema_out = n > 1 ? td_tree_string(names[n - 2]) : NULL;
    return name == NULL ? "" : name;
}

const char *td_tree_builtin(const PgQuery__FuncCall *c)
{
    const char *schema, *name = td_tree_name(c->funcname, c->n_funcname, &schema);
    return schema == NULL || strcmp(schema, "pg_catalog") == 0 ? name : "";
}

/* --- fields of a message, by protobuf's own descriptors --- */

static const void *field_at(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    return (const char *)m + f->offset;
}

static size_t repeated_count(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    size_t n;
    memcpy(&n, (const char *)m + f->quantifier_offset, sizeof n);
    return n;
}

/* A oneof member that is not the one chosen has no value of its own. */
static bool oneof_absent(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    uint32_t which;
    if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
        return false;
    memcpy(&which, (const char *)m + f->quantifier_offset, sizeof which);
    return which != f->id;
}

/* --- walking --- */

/* Parents first, children in order; the stack is on the heap, so that depth costs no frames. When there is no memory
 * for it, plain recursion goes on. */
struct walk {
    ProtobufCMessage **at;
    size_t len, cap;
    bool (*visit)(PgQuery__Node *n, void *data);
    void *data;
};

static bool push(struct walk *w, ProtobufCMessage *m)
{
    if (w->len == w->cap) {
        size_t cap = w->cap == 0 ? 64 : w->cap * 2;
        ProtobufCMessage **at = td_mem_realloc(w->at, cap * sizeof *at);
        if (at == NULL)
            return false;
        w->at = at;
        w->cap = cap;
    }
    w->at[w->len++] = m;
    return true;
}

static void reverse(ProtobufCMessage **at, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++, n--) {
        ProtobufCMessage *m = at[i];
        at[i] = at[n - 1];
        at[n - 1] = m;
    }
}

static void walk_message(ProtobufCMessage *root, bool (*visit)(PgQuery__Node *n, void *data), void *data)
{
    struct walk w = {.visit = visit, .data = data};
    ProtobufCMessage *m = root;
    while (m != NULL) {
        size_t first = w.len;
        if (!td_message_is_node(m) || visit((PgQuery__Node *)m, data)) {
            struct td_fields fields = td_message_fields(m);
            for (size_t f = 0; f < fields.len; f++) {
                ProtobufCMessage *c;
                for (size_t i = 0; (c = td_message_child(m, &fields.at[f], i)) != NULL; i++) {
                    if (!push(&w, c))
                        walk_message(c, visit, data);
                }
            }
            reverse(w.at + first, w.len - first);
        }
        m = w.len > 0 ? w.at[--w.len] : NULL;
    }
    td_mem_free(w.at);
}

void td_tree_walk(PgQuery__Node *n, bool (*visit)(PgQuery__Node *n, void *data), void *data)
{
    if (n != NULL)
        walk_message(&n->base, visit, data);
}

/* --- places --- */

static bool is_location(const ProtobufCFieldDescriptor *f)
{
    const char *n = f->name;
    return f->type == PROTOBUF_C_TYPE_INT32 && (strcmp(n, "location") == 0 || strcmp(n, "stmt_location") == 0);
}

void td_tree_shift(ProtobufCMessage *m, int by)
{
    struct td_fields fields = td_message_fields(m);
    for (size_t i = 0; i < fields.len; i++) {
        const ProtobufCFieldDescriptor *f = &fields.at[i];
        int32_t *at = (int32_t *)((char *)m + f->offset);
        ProtobufCMessage *c;
        if (f->label != PROTOBUF_C_LABEL_REPEATED && is_location(f) && *at >= 0)
            *at += by;
        for (size_t k = 0; (c = td_message_child(m, f, k)) != NULL; k++) {
            if (!td_message_is_node(c))
                td_tree_shift(c, by);
        }
    }
}

static int own_location(const ProtobufCMessage *m)
{
    for (unsigned f = 0; f < m->descriptor->n_fields; f++) {
        const ProtobufCFieldDescriptor *d = &m->descriptor->fields[f];
        if (is_location(d) && d->label != PROTOBUF_C_LABEL_REPEATED)
            return *(const int32_t *)field_at(m, d);
    }
    return -1;
}

struct first_place {
    int at;
    unsigned looked;
};

/* An operator's own location is the operator's, so the leftmost of a few nodes is where the text begins. */
static bool note_place(PgQuery__Node *n, void *data)
{
    struct first_place *p = data;
    ProtobufCMessage *inner = NULL;
    struct td_fields fields = td_message_fields(&n->base);
    for (size_t f = 0; inner == NULL && f < fields.len; f++)
        inner = td_message_child(&n->base, &fields.at[f], 0);
    if (inner != NULL) {
        int at = own_location(inner);
        if (at >= 0 && (p->at < 0 || at < p->at))
            p->at = at;
    }
    return ++p->looked < 64;
}

int td_tree_location(const PgQuery__Node *n)
{
    struct first_place p = {.at = -1};
    td_tree_walk((PgQuery__Node *)n, note_place, &p);
    return p.at;
}

/* --- copies --- */

static ProtobufCMessage *clone_message(struct td_arena *a, const ProtobufCMessage *m);

static void clone_repeated(struct td_arena *a, const ProtobufCFieldDescriptor *f, ProtobufCMessage *copy)
{
    size_t n = repeated_count(copy, f);
    void **at = (void **)((char *)copy + f->offset);
    if (n == 0)
        return;
    if (f->type == PROTOBUF_C_TYPE_MESSAGE || f->type == PROTOBUF_C_TYPE_STRING) {
        void **old = *at, **list = td_arena_alloc(a, n * sizeof *list);
        for (size_t i = 0; i < n; i++)
            list[i] =
                f->type == PROTOBUF_C_TYPE_MESSAGE ? (void *)clone_message(a, old[i]) : td_arena_strdup(a, old[i]);
        *at = list;
    } else {
        size_t size = f->type == PROTOBUF_C_TYPE_UINT64 || f->type == PROTOBUF_C_TYPE_INT64 ? 8 : 4;
        void *list = td_arena_alloc(a, n * size);
        memcpy(list, *at, n * size);
        *at = list;
    }
}

static ProtobufCMessage *clone_message(struct td_arena *a, const ProtobufCMessage *m)
{
    struct td_fields fields = td_message_fields(m);
    ProtobufCMessage *copy = td_arena_alloc(a, m->descriptor->sizeof_message);
    memcpy(copy, m, m->descriptor->sizeof_message);
    copy->n_unknown_fields = 0;
    copy->unknown_fields = NULL;
    for (size_t i = 0; i < fields.len; i++) {
        const ProtobufCFieldDescriptor *f = &fields.at[i];
        void **at = (void **)((char *)copy + f->offset);
        if (f->label == PROTOBUF_C_LABEL_REPEATED)
            clone_repeated(a, f, copy);
        else if (oneof_absent(m, f))
            continue;
        else if (f->type == PROTOBUF_C_TYPE_MESSAGE && *at != NULL)
            *at = clone_message(a, *at);
        else if (f->type == PROTOBUF_C_TYPE_STRING)
            *at = td_arena_strdup(a, *at);
    }
    return copy;
}

PgQuery__Node *td_tree_clone(struct td_arena *a, const PgQuery__Node *n)
{
    return n == NULL ? NULL : (PgQuery__Node *)clone_message(a, &n->base);
}

/* --- equality --- */

static bool message_equal(const ProtobufCMessage *a, const ProtobufCMessage *b);

static bool text_equal(const char *a, const char *b)
{
    return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static bool value_equal(const ProtobufCFieldDescriptor *f, const void *a, const void *b)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_MESSAGE: return message_equal(*(ProtobufCMessage *const *)a, *(ProtobufCMessage *const *)b);
    case PROTOBUF_C_TYPE_STRING: return text_equal(*(char *const *)a, *(char *const *)b);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_DOUBLE: return memcmp(a, b, 8) == 0;
    default: return memcmp(a, b, 4) == 0;
    }
}

static size_t value_size(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
    case PROTOBUF_C_TYPE_STRING: return sizeof(void *);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_DOUBLE: return 8;
    default: return 4;
    }
}

static bool repeated_equal(const ProtobufCFieldDescriptor *f, const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    size_t n = repeated_count(a, f), size = value_size(f);
    const char *x, *y;
    if (n != repeated_count(b, f))
        return false;
    x = *(const char *const *)field_at(a, f);
    y = *(const char *const *)field_at(b, f);
    for (size_t i = 0; i < n; i++) {
        if (!value_equal(f, x + i * size, y + i * size))
            return false;
    }
    return true;
}

static bool field_equal(const ProtobufCFieldDescriptor *f, const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    if (is_location(f) || strcmp(f->name, "stmt_len") == 0)
        return true;
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        return repeated_equal(f, a, b);
    if (oneof_absent(a, f) || oneof_absent(b, f))
        return oneof_absent(a, f) && oneof_absent(b, f);
    return value_equal(f, field_at(a, f), field_at(b, f));
}

static bool message_equal(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    if (a->descriptor != b->descriptor)
        return false;
    struct td_fields fields = td_message_fields(a);
    for (size_t i = 0; i < fields.len; i++) {
        if (!field_equal(&fields.at[i], a, b))
            return false;
    }
    return fields.len > 0 || td_message_fields(b).len == 0;
}

bool td_tree_equal(const PgQuery__Node *a, const PgQuery__Node *b)
{
    return message_equal(a == NULL ? NULL : &a->base, b == NULL ? NULL : &b->base);
}

/* --- printing --- */

struct print_call {
    PgQuery__ParseResult *tree;
    PgQueryDeparseResult result;
    bool nomem;
};

static void print_tree(void *data)
{
    struct print_call *c = data;
    PgQueryProtobuf packed = {.len = pg_query__parse_result__get_packed_size(c->tree)};
    packed.data = td_mem_alloc(packed.len + 1);
    if (packed.data == NULL) {
        c->nomem = true;
        return;
    }
    pg_query__parse_result__pack(c->tree, (uint8_t *)packed.data);
    c->result = pg_query_deparse_protobuf(packed);
    td_mem_free(packed.data);
}

/* Only whole statements can be printed: an expression becomes a SELECT of it. */
static bool is_statement(const PgQuery__Node *n)
{
    const char *name = NULL;
    struct td_fields fields = td_message_fields(&n->base);
    for (size_t f = 0; name == NULL && f < fields.len; f++) {
        const ProtobufCMessage *c = td_message_child(&n->base, &fields.at[f], 0);
        if (c != NULL)
            name = c->descriptor->short_name;
    }
    return name != NULL && strlen(name) > 4 && strcmp(name + strlen(name) - 4, "Stmt") == 0;
}

static int take_text(struct td_arena *a, struct print_call *c, bool wrapped, const char **out, struct td_err *err)
{
    static const char prefix[] = "SELECT ";
    const char *text = c->result.query;
    int rc = TD_OK;
    if (c->nomem)
        return td_err_nomem(err);
    if (c->result.error != NULL || text == NULL) {
        rc = td_err_set(err, TD_C_SQL_PRINT, "a statement cannot be printed from its tree: %s",
                        c->result.error == NULL ? "no text" : c->result.error->message);
        pg_query_free_deparse_result(c->result);
        return rc;
    }
    if (wrapped && strncmp(text, prefix, sizeof prefix - 1) == 0)
        text += sizeof prefix - 1;
    {
        char *copy = td_mem_strdup(text); /* the arena may leave by a jump: nothing of libpg_query's may be held then */
        pg_query_free_deparse_result(c->result);
        if (copy == NULL)
            return td_err_nomem(err);
        td_arena_defer(a, td_mem_free, copy);
        *out = copy;
    }
    return TD_OK;
}

/* Most defaults are a plain constant, which needs no deparser; NULL: it is something else. */
static const char *print_constant(struct td_arena *a, const PgQuery__Node *n)
{
    const PgQuery__AConst *c = n->node_case == PG_QUERY__NODE__NODE_A_CONST ? n->a_const : NULL;
    struct td_buf b;
    if (c == NULL || c->isnull)
        return NULL;
    switch (c->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL: return td_arena_printf(a, "%d", (int)c->ival->ival);
    case PG_QUERY__A__CONST__VAL_BOOLVAL: return c->boolval->boolval ? "true" : "false";
    case PG_QUERY__A__CONST__VAL_SVAL:
        if (c->sval->sval == NULL || strchr(c->sval->sval, '\\') != NULL)
            return NULL;
        td_buf_init(&b, a);
        td_buf_lit(&b, c->sval->sval);
        return td_buf_str(&b);
    default: return NULL;
    }
}

int td_tree_print(struct td_arena *a, const PgQuery__Node *n, const char **out, struct td_err *err)
{
    PgQuery__Node select_node = PG_QUERY__NODE__INIT, target_node = PG_QUERY__NODE__INIT;
    PgQuery__SelectStmt select = PG_QUERY__SELECT_STMT__INIT;
    PgQuery__ResTarget target = PG_QUERY__RES_TARGET__INIT;
    PgQuery__RawStmt raw = PG_QUERY__RAW_STMT__INIT, *raws = &raw;
    PgQuery__ParseResult tree = PG_QUERY__PARSE_RESULT__INIT;
    PgQuery__Node *targets = &target_node;
    struct print_call call = {.tree = &tree};
    bool wrapped = !is_statement(n);
    int rc = TD_OK;

    *out = print_constant(a, n);
    if (*out != NULL)
        return TD_OK;
    raw.stmt = (PgQuery__Node *)n;
    if (wrapped) {
        target.val = (PgQuery__Node *)n;
        target_node.node_case = PG_QUERY__NODE__NODE_RES_TARGET;
        target_node.res_target = &target;
        select.n_target_list = 1;
        select.target_list = &targets;
        select.limit_option = PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_DEFAULT;
        select.op = PG_QUERY__SET_OPERATION__SETOP_NONE;
        select_node.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
        select_node.select_stmt = &select;
        raw.stmt = &select_node;
    }
    tree.version = 150001;
    tree.n_stmts = 1;
    tree.stmts = &raws;
    if (td_message_depth(&n->base, SHALLOW_DEPTH) <= SHALLOW_DEPTH)
        print_tree(&call);
    else
        rc = td_deep_run(print_tree, &call, err);
    return rc == TD_OK ? take_text(a, &call, wrapped, out, err) : rc;
}
