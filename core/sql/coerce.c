/* Which type several expressions have in common, as UNION, CASE, VALUES and ARRAY resolve it in PostgreSQL. */
#include "core/sql/lower_impl.h"

int lw_settle(struct lw *w, struct ex *e)
{
    return e->type.kind == TD_T_UNKNOWN && e->type.dims == 0 ? lw_cast(w, e, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT)
                                                             : TD_OK;
}

/* A length or a scale is kept only where all have it; an untyped literal has none, nor has NULL, of which schema text
 * needs to know nothing. A numeric that is stored as a number stays one there, as wide as all of them need. */
static void common_modifiers(struct lw *w, struct ex *const *at, size_t n, struct td_type *common)
{
    bool loose = false;
    for (size_t i = 0; i < n; i++)
        loose = loose || (at[i]->type.kind == TD_T_UNKNOWN ? !(at[i]->null && is_schema(w))
                                                           : !td_type_equal(&at[i]->type, common));
    if (!loose || common->kind == TD_T_ENUM || common->kind == TD_T_DOMAIN)
        return;
    if (!is_schema(w) || !lw_native_common(at, n, common))
        common->mod1 = common->mod2 = -1;
}

/* The candidate that the other can become without a word; of two it is the first in PostgreSQL's rules. */
int lw_common_type(struct lw *w, struct ex *const *at, size_t n, const char *what, struct td_type *out)
{
    struct td_type common = TD_TYPE(TD_T_UNKNOWN);
    for (size_t i = 0; i < n; i++) {
        struct td_type t = at[i]->type;
        if (t.kind == TD_T_UNKNOWN)
            continue;
        if (common.kind == TD_T_UNKNOWN) {
            common = t;
        } else if (td_type_equal(&common, &t)) {
            continue;
        } else if (common.kind == t.kind && common.user == t.user && common.dims == t.dims) {
            common.mod1 = common.mod2 = -1;
        } else if (!lw_castable(t, common, TD_CAST_IMPLICIT) && lw_castable(common, t, TD_CAST_IMPLICIT)) {
            common = t;
        } else if (!lw_castable(t, common, TD_CAST_IMPLICIT)) {
            return lw_error(w, "42804", at[i]->loc, "%s types %s and %s cannot be matched", what, type_name(w, common),
                            type_name(w, t));
        }
        if (common.kind == TD_T_DOMAIN && n > 1)
            common = td_type_base(common);
    }
    if (common.kind != TD_T_UNKNOWN)
        common_modifiers(w, at, n, &common);
    *out = common.kind == TD_T_UNKNOWN ? TD_TYPE(TD_T_TEXT) : common;
    return TD_OK;
}

int lw_unify(struct lw *w, struct ex **at, size_t n, const char *what, struct td_type *out)
{
    TD_TRY(lw_common_type(w, at, n, what, out));
    for (size_t i = 0; i < n; i++)
        TD_TRY(lw_cast(w, at[i], *out, TD_CAST_IMPLICIT));
    return TD_OK;
}
