/* Arrays: asking. An array is compact JSON text; an empty one has no dimensions. */
#include <string.h>

#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/element.h"
#include "drivers/sqlite/functions/json_node.h"

/* Length of dimension `dim` (from 1), 0 when there is none. */
static size_t dimension(const struct td_node *array, int64_t dim)
{
    while (array != NULL && array->kind == TD_N_ARRAY && array->count > 0) {
        if (dim-- == 1)
            return array->count;
        array = array->first;
    }
    return 0;
}

static int give_dimension(struct td_fn_call *c, bool lower, struct td_err *err)
{
    struct td_node *array;
    int64_t dim = 0;
    int rc = td_node_read_array(c, 0, &array, err);
    if (rc == TD_OK)
        rc = td_fn_int(c, 1, &dim, err);
    size_t len = rc == TD_OK && dim > 0 ? dimension(array, dim) : 0;
    return rc != TD_OK || len == 0 ? rc : td_fn_give_int(c, lower ? 1 : (int64_t)len);
}

static int array_length(struct td_fn_call *c, struct td_err *err)
{
    return give_dimension(c, false, err);
}

static int array_lower(struct td_fn_call *c, struct td_err *err)
{
    return give_dimension(c, true, err);
}

static int array_ndims(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array;
    int rc = td_node_read_array(c, 0, &array, err), dims = 0;
    if (rc != TD_OK)
        return rc;
    while (dimension(array, dims + 1) > 0)
        dims++;
    return dims == 0 ? TD_OK : td_fn_give_int(c, dims);
}

static int64_t leaves(const struct td_node *n)
{
    int64_t count = 0;
    if (n->kind != TD_N_ARRAY)
        return 1;
    for (const struct td_node *i = n->first; i != NULL; i = i->next)
        count += leaves(i);
    return count;
}

static int cardinality(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array;
    int rc = td_node_read_array(c, 0, &array, err);
    return rc != TD_OK ? rc : td_fn_give_int(c, leaves(array));
}

/* Is the element equal to a leaf of the array? NULL equals nothing here. */
static bool has_leaf(const struct td_node *array, const struct td_node *item)
{
    for (const struct td_node *n = array->first; n != NULL; n = n->next) {
        if (n->kind == TD_N_ARRAY ? has_leaf(n, item) : n->kind != TD_N_NULL && td_fn_element_compare(n, item) == 0)
            return true;
    }
    return false;
}

static bool contains_all(const struct td_node *array, const struct td_node *items)
{
    for (const struct td_node *n = items->first; n != NULL; n = n->next)
        if (n->kind == TD_N_ARRAY ? !contains_all(array, n) : n->kind == TD_N_NULL || !has_leaf(array, n))
            return false;
    return true;
}

static bool overlaps(const struct td_node *array, const struct td_node *items)
{
    for (const struct td_node *n = items->first; n != NULL; n = n->next)
        if (n->kind == TD_N_ARRAY ? overlaps(array, n) : n->kind != TD_N_NULL && has_leaf(array, n))
            return true;
    return false;
}

static int read_two(struct td_fn_call *c, struct td_node **a, struct td_node **b, struct td_err *err)
{
    int rc = td_node_read_array(c, 0, a, err);
    return rc != TD_OK ? rc : td_node_read_array(c, 1, b, err);
}

static int array_contains(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *a, *b;
    int rc = read_two(c, &a, &b, err);
    return rc != TD_OK ? rc : td_fn_give_int(c, contains_all(a, b));
}

static int array_overlap(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *a, *b;
    int rc = read_two(c, &a, &b, err);
    return rc != TD_OK ? rc : td_fn_give_int(c, overlaps(a, b));
}

static int array_get(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *n;
    int rc = td_node_read_array(c, 0, &n, err);
    for (int i = 2; i < c->n && rc == TD_OK && n != NULL; i++) {
        int64_t index = 0;
        rc = td_fn_int(c, i, &index, err);
        n = rc == TD_OK && index > 0 ? td_node_item(n, index - 1) : NULL;
    }
    if (rc != TD_OK || n == NULL || n->kind == TD_N_ARRAY)
        return rc; /* fewer subscripts than dimensions: NULL */
    return td_fn_give_element(c, td_fn_type_arg(c, 1), n, err);
}

static int array_slice(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array, *out = td_node_new(c->arena, TD_N_ARRAY);
    if (td_fn_null(c, 0))
        return TD_OK;
    int rc = td_node_read_array(c, 0, &array, err);
    int64_t from = 1, to = INT64_MAX, at = 0;
    if (rc == TD_OK && !td_fn_null(c, 1))
        rc = td_fn_int(c, 1, &from, err);
    if (rc == TD_OK && !td_fn_null(c, 2))
        rc = td_fn_int(c, 2, &to, err);
    if (rc != TD_OK)
        return rc;
    for (const struct td_node *n = array->first; n != NULL; n = n->next)
        if (++at >= from && at <= to)
            td_node_append(out, td_node_copy(c->arena, n));
    td_node_print_array(out, &c->out);
    return td_fn_done(c, err);
}

/* The value of argument `arg` as an element to compare with. */
static int wanted(struct td_fn_call *c, int arg, int type_arg, struct td_node **out, struct td_err *err)
{
    return td_fn_element(c, c->v[arg], td_fn_type_arg(c, type_arg), out, err);
}

static int array_position(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array, *item;
    int64_t at = 0, start = 1;
    if (td_fn_null(c, 0))
        return TD_OK;
    int rc = td_node_read_array(c, 0, &array, err);
    if (rc == TD_OK && dimension(array, 2) > 0)
        return td_fn_fail(err, "0A000", "searching for elements in multidimensional arrays is not supported");
    if (rc == TD_OK)
        rc = wanted(c, 1, 2, &item, err);
    if (rc == TD_OK && c->n > 3)
        rc = td_fn_int(c, 3, &start, err);
    if (rc != TD_OK)
        return rc;
    for (const struct td_node *n = array->first; n != NULL; n = n->next)
        if (++at >= start && td_fn_element_compare(n, item) == 0)
            return td_fn_give_int(c, at);
    return TD_OK;
}

static int array_positions(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array, *item;
    int64_t at = 0;
    if (td_fn_null(c, 0))
        return TD_OK;
    int rc = td_node_read_array(c, 0, &array, err);
    if (rc == TD_OK && dimension(array, 2) > 0)
        return td_fn_fail(err, "0A000", "searching for elements in multidimensional arrays is not supported");
    if (rc == TD_OK)
        rc = wanted(c, 1, 2, &item, err);
    if (rc != TD_OK)
        return rc;
    td_buf_char(&c->out, '[');
    for (const struct td_node *n = array->first; n != NULL; n = n->next) {
        at++;
        if (td_fn_element_compare(n, item) == 0)
            td_buf_printf(&c->out, "%s%lld", c->out.len > 1 ? "," : "", (long long)at);
    }
    td_buf_char(&c->out, ']');
    return td_fn_done(c, err);
}

static int join(struct td_fn_call *c, const struct td_node *array, bool *any, struct td_err *err)
{
    struct td_fn_type type = td_fn_type_arg(c, 1);
    struct td_fn_str delimiter = td_fn_text(c, 2);
    int rc = TD_OK;
    for (const struct td_node *n = array->first; n != NULL && rc == TD_OK; n = n->next) {
        if (n->kind == TD_N_ARRAY) {
            rc = join(c, n, any, err);
            continue;
        }
        if (n->kind == TD_N_NULL && (c->n < 4 || td_fn_null(c, 3)))
            continue;
        if (*any)
            td_buf_add_n(&c->out, delimiter.at, delimiter.len);
        *any = true;
        struct td_fn_str s = n->kind == TD_N_NULL ? td_fn_text(c, 3) : td_fn_element_stored(n);
        if (n->kind == TD_N_NULL)
            td_buf_add_n(&c->out, s.at, s.len);
        else
            rc = td_fn_print_text(type, td_arena_dup(c->arena, s.at, s.len), s.len, &c->out, err);
    }
    return rc;
}

static int array_to_string(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array;
    bool any = false;
    if (td_fn_null(c, 0) || td_fn_null(c, 2))
        return TD_OK;
    int rc = td_node_read_array(c, 0, &array, err);
    if (rc == TD_OK)
        rc = join(c, array, &any, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int unnest_level(struct td_fn_call *c, const struct td_node *array, struct td_node *out, struct td_err *err)
{
    int rc = TD_OK;
    for (const struct td_node *n = array->first; n != NULL && rc == TD_OK; n = n->next) {
        if (n->kind == TD_N_ARRAY) {
            rc = unnest_level(c, n, out, err);
            continue;
        }
        struct td_fn_str s = n->kind == TD_N_NULL ? (struct td_fn_str){NULL, 0} : td_fn_element_stored(n);
        td_node_append(out, s.at == NULL ? td_node_new(c->arena, TD_N_NULL) : td_node_string(c->arena, s.at, s.len));
    }
    return rc;
}

static int unnest_rows(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array, *out = td_node_new(c->arena, TD_N_ARRAY);
    int rc = td_node_read_array(c, 0, &array, err);
    if (rc == TD_OK)
        rc = unnest_level(c, array, out, err);
    if (rc != TD_OK)
        return rc;
    td_node_print_array(out, &c->out);
    return td_fn_done(c, err);
}

const struct td_fn td_fn_arrays[] = {
    {"pg_array_length", 2, 2, TD_FN_STRICT, array_length},
    {"pg_array_lower", 2, 2, TD_FN_STRICT, array_lower},
    {"pg_array_upper", 2, 2, TD_FN_STRICT, array_length},
    {"pg_array_ndims", 1, 1, TD_FN_STRICT, array_ndims},
    {"pg_cardinality", 1, 1, TD_FN_STRICT, cardinality},
    {"pg_array_contains", 2, 2, TD_FN_STRICT, array_contains},
    {"pg_array_overlap", 2, 2, TD_FN_STRICT, array_overlap},
    {"pg_array_get", 3, -1, TD_FN_STRICT, array_get},
    {"pg_array_slice", 3, 3, 0, array_slice},
    {"pg_array_position", 3, 4, 0, array_position},
    {"pg_array_positions", 3, 3, 0, array_positions},
    {"pg_array_to_string", 3, 4, 0, array_to_string},
    {"pg_unnest_rows", 2, 2, TD_FN_STRICT, unnest_rows},
    {NULL, 0, 0, 0, NULL},
};
