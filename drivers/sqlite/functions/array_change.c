/* Arrays: making and changing. */
#include <string.h>

#include "core/base/utf8.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/element.h"
#include "drivers/sqlite/functions/json_node.h"

static int give_array(struct td_fn_call *c, const struct td_node *array, struct td_err *err)
{
    td_node_print_array(array, &c->out);
    return td_fn_done(c, err);
}

/* An array argument; NULL counts as an empty one. */
static int array_or_empty(struct td_fn_call *c, int arg, struct td_node **out, struct td_err *err)
{
    *out = td_node_new(c->arena, TD_N_ARRAY);
    return td_fn_null(c, arg) ? TD_OK : td_node_read_array(c, arg, out, err);
}

static bool same_shape(const struct td_node *a, const struct td_node *b)
{
    for (; a != NULL && b != NULL; a = a->first, b = b->first)
        if (a->count != b->count || (a->count > 0 && (a->kind == TD_N_ARRAY) != (b->kind == TD_N_ARRAY)))
            return false;
    return true;
}

static int dimensions(const struct td_node *n)
{
    int dims = 0;
    for (; n != NULL && n->kind == TD_N_ARRAY && n->count > 0; n = n->first)
        dims++;
    return dims;
}

/* array_append() and array_prepend() take lists only. */
static int check_list(const struct td_node *array, struct td_err *err)
{
    return dimensions(array) < 2 ? TD_OK : td_fn_fail(err, "22000", "argument must be empty or one-dimensional array");
}

/* ARRAY[...]; where the elements are arrays themselves (type "x[]"), they nest. */
static int array_make(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array = td_node_new(c->arena, TD_N_ARRAY), *item;
    struct td_fn_type type = td_fn_type_arg(c, 0);
    for (int i = 1; i < c->n; i++) {
        int rc = td_fn_element(c, c->v[i], type, &item, err);
        if (rc != TD_OK)
            return rc;
        if (type.dims > 0 && array->first != NULL && !same_shape(array->first, item))
            return td_fn_fail(err, "2202E",
                              "multidimensional arrays must have array expressions with matching dimensions");
        td_node_append(array, item);
    }
    if (type.dims > 0 && array->first != NULL && array->first->count == 0) /* nothing but empty arrays and NULLs */
        array = td_node_new(c->arena, TD_N_ARRAY);
    return give_array(c, array, err);
}

static int array_append(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array, *item;
    int rc = array_or_empty(c, 0, &array, err);
    if (rc == TD_OK)
        rc = check_list(array, err);
    if (rc == TD_OK)
        rc = td_fn_element(c, c->v[1], td_fn_type_arg(c, 2), &item, err);
    if (rc != TD_OK)
        return rc;
    td_node_append(array, item);
    return give_array(c, array, err);
}

static int array_prepend(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array, *item, *out = td_node_new(c->arena, TD_N_ARRAY);
    int rc = array_or_empty(c, 1, &array, err);
    if (rc == TD_OK)
        rc = check_list(array, err);
    if (rc == TD_OK)
        rc = td_fn_element(c, c->v[0], td_fn_type_arg(c, 2), &item, err);
    if (rc != TD_OK)
        return rc;
    td_node_append(out, item);
    for (const struct td_node *n = array->first; n != NULL; n = n->next)
        td_node_append(out, td_node_copy(c->arena, n));
    return give_array(c, out, err);
}

static int array_cat(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *a, *b;
    if (td_fn_null(c, 0) && td_fn_null(c, 1))
        return TD_OK;
    int rc = array_or_empty(c, 0, &a, err);
    if (rc == TD_OK)
        rc = array_or_empty(c, 1, &b, err);
    if (rc != TD_OK)
        return rc;
    int dims_a = dimensions(a), dims_b = dimensions(b);
    bool nested_a = dims_a > dims_b;
    if (dims_a > 0 && dims_b > 0 &&
        !(dims_a == dims_b  ? same_shape(a->first, b->first)
          : dims_a > dims_b ? dims_a == dims_b + 1 && same_shape(a->first, b)
                            : dims_b == dims_a + 1 && same_shape(a, b->first)))
        return td_fn_fail(err, "2202E", "cannot concatenate incompatible arrays");
    if (dims_a > 0 && dims_b > 0 && dims_a != dims_b) {
        /* one is an element of the other: {{1,2}} || {3,4} */
        struct td_node *out = td_node_new(c->arena, TD_N_ARRAY);
        if (!nested_a)
            td_node_append(out, td_node_copy(c->arena, a));
        const struct td_node *many = nested_a ? a : b;
        for (const struct td_node *n = many->first; n != NULL; n = n->next)
            td_node_append(out, td_node_copy(c->arena, n));
        if (nested_a)
            td_node_append(out, td_node_copy(c->arena, b));
        return give_array(c, out, err);
    }
    for (const struct td_node *n = b->first; n != NULL; n = n->next)
        td_node_append(a, td_node_copy(c->arena, n));
    return give_array(c, a, err);
}

static struct td_node *replaced(struct td_fn_call *c, const struct td_node *array, const struct td_node *item,
                                const struct td_node *with)
{
    struct td_node *out = td_node_new(c->arena, TD_N_ARRAY);
    for (const struct td_node *n = array->first; n != NULL; n = n->next) {
        if (n->kind == TD_N_ARRAY)
            td_node_append(out, replaced(c, n, item, with));
        else if (td_fn_element_compare(n, item) != 0)
            td_node_append(out, td_node_copy(c->arena, n));
        else if (with != NULL)
            td_node_append(out, td_node_copy(c->arena, with));
    }
    return out;
}

/* Argument 1 goes: `with` NULL drops it, else puts that in its place. */
static int substitute(struct td_fn_call *c, int type_arg, const struct td_node *with, struct td_err *err)
{
    struct td_node *array, *item;
    int rc = td_node_read_array(c, 0, &array, err);
    if (rc == TD_OK)
        rc = td_fn_element(c, c->v[1], td_fn_type_arg(c, type_arg), &item, err);
    if (rc != TD_OK)
        return rc;
    if (with == NULL && dimensions(array) > 1)
        return td_fn_fail(err, "0A000", "removing elements from multidimensional arrays is not supported");
    return give_array(c, replaced(c, array, item, with), err);
}

static int array_remove(struct td_fn_call *c, struct td_err *err)
{
    return td_fn_null(c, 0) ? TD_OK : substitute(c, 2, NULL, err);
}

static int array_replace(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *with;
    if (td_fn_null(c, 0))
        return TD_OK;
    int rc = td_fn_element(c, c->v[2], td_fn_type_arg(c, 3), &with, err);
    return rc != TD_OK ? rc : substitute(c, 3, with, err);
}

static int trim_array(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array, *out = td_node_new(c->arena, TD_N_ARRAY);
    int64_t n = 0;
    int rc = td_node_read_array(c, 0, &array, err);
    if (rc == TD_OK)
        rc = td_fn_int(c, 1, &n, err);
    if (rc != TD_OK)
        return rc;
    if (n < 0 || n > (int64_t)array->count)
        return td_fn_fail(err, "2202E", "number of elements to trim must be between 0 and %zu", array->count);
    const struct td_node *item = array->first;
    for (int64_t i = 0; i < (int64_t)array->count - n; i++, item = item->next)
        td_node_append(out, td_node_copy(c->arena, item));
    return give_array(c, out, err);
}

static void add_piece(struct td_fn_call *c, struct td_node *out, const char *at, size_t len)
{
    struct td_fn_str piece = {at, len};
    bool null = c->n > 2 && !td_fn_null(c, 2) && td_str_compare(piece, td_fn_text(c, 2)) == 0;
    td_node_append(out, null ? td_node_new(c->arena, TD_N_NULL) : td_node_string(c->arena, at, len));
}

static int string_to_array(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *out = td_node_new(c->arena, TD_N_ARRAY);
    if (td_fn_null(c, 0))
        return TD_OK;
    struct td_fn_str s = td_fn_text(c, 0), d = td_fn_text(c, 1);
    const char *at = s.at, *end = s.at + s.len;
    if (s.len == 0)
        return give_array(c, out, err);
    if (td_fn_null(c, 1)) { /* every character by itself */
        for (size_t n; at < end; at += n) {
            n = td_utf8_next(at, (size_t)(end - at), NULL);
            add_piece(c, out, at, n);
        }
        return give_array(c, out, err);
    }
    for (;;) {
        const char *next = d.len > 0 ? memmem(at, (size_t)(end - at), d.at, d.len) : NULL;
        add_piece(c, out, at, (size_t)((next != NULL ? next : end) - at));
        if (next == NULL)
            return give_array(c, out, err);
        at = next + d.len;
    }
}

const struct td_fn td_fn_array_changes[] = {
    {"pg_array", 1, -1, 0, array_make},
    {"pg_array_append", 3, 3, 0, array_append},
    {"pg_array_prepend", 3, 3, 0, array_prepend},
    {"pg_array_cat", 2, 2, 0, array_cat},
    {"pg_array_remove", 3, 3, 0, array_remove},
    {"pg_array_replace", 4, 4, 0, array_replace},
    {"pg_trim_array", 2, 2, TD_FN_STRICT, trim_array},
    {"pg_string_to_array", 2, 3, 0, string_to_array},
    {"pg_string_to_table_rows", 2, 3, 0, string_to_array},
    {NULL, 0, 0, 0, NULL},
};
