#include "tools/tandem/grid.h"

#include <string.h>

#include <libsmartcols/libsmartcols.h>

#include "core/base/mem.h"

struct td_grid {
    struct libscols_table *table;
    struct libscols_line *row;
    bool color, failed;
};

int td_grid_open(const struct td_out *o, const char *const *headers, struct td_grid **out, struct td_err *err)
{
    struct td_grid *g = td_mem_zalloc(sizeof *g);
    if (g == NULL)
        return td_err_nomem(err);
    g->color = o->color_out;
    g->table = scols_new_table();
    if (g->table == NULL) {
        td_mem_free(g);
        return td_err_nomem(err);
    }
    scols_table_enable_colors(g->table, g->color);
    for (size_t i = 0; headers[i] != NULL; i++) {
        struct libscols_column *c = scols_table_new_column(g->table, headers[i], 0, SCOLS_FL_WRAP);
        g->failed |= c == NULL;
    }
    *out = g;
    return TD_OK;
}

void td_grid_row(struct td_grid *g)
{
    g->row = scols_table_new_line(g->table, NULL);
    g->failed |= g->row == NULL;
}

static const char *color_name(enum td_color c)
{
    switch (c) {
    case TD_RED: return "red";
    case TD_GREEN: return "green";
    case TD_YELLOW: return "yellow";
    case TD_BLUE: return "blue";
    case TD_BOLD:
    case TD_DIM:
    case TD_PLAIN: break;
    }
    return NULL;
}

void td_grid_cell(struct td_grid *g, size_t column, const char *text, enum td_color color)
{
    if (g->row == NULL || text == NULL)
        return;
    g->failed |= scols_line_set_data(g->row, column, text) != 0;
    const char *name = color_name(color);
    struct libscols_cell *cell = scols_line_get_cell(g->row, column);
    if (g->color && name != NULL && cell != NULL)
        g->failed |= scols_cell_set_color(cell, name) != 0;
}

int td_grid_print(struct td_grid *g, struct td_err *err)
{
    if (g->failed || scols_print_table(g->table) != 0)
        return td_err_nomem(err);
    return TD_OK;
}

void td_grid_close(struct td_grid *g)
{
    if (g == NULL)
        return;
    scols_unref_table(g->table);
    td_mem_free(g);
}
