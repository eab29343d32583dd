#include "tools/tandem/grid.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/utf8.h"

#define COLUMNS_MAX 8
#define PIECE_BYTES 16384 /* written at once */

struct cell {
    size_t start, len; /* in td_grid.text */
    size_t width;
    enum td_color color;
};

struct td_grid {
    size_t columns, rows, cap; /* the headers are row 0 */
    struct cell *cells;
    struct td_buf text; /* of all cells */
    bool color, failed;
};

int td_grid_open(const struct td_out *o, const char *const *headers, struct td_grid **out, struct td_err *err)
{
    struct td_grid *g = td_mem_zalloc(sizeof *g);
    if (g == NULL)
        return td_err_nomem(err);
    g->color = o->color_out;
    while (headers[g->columns] != NULL)
        g->columns++;
    TD_ASSERT(g->columns > 0 && g->columns <= COLUMNS_MAX);
    td_grid_row(g);
    for (size_t i = 0; i < g->columns; i++)
        td_grid_cell(g, i, headers[i], TD_PLAIN);
    *out = g;
    return TD_OK;
}

void td_grid_row(struct td_grid *g)
{
    if (g->failed)
        return;
    if (g->rows == g->cap) {
        size_t cap = g->cap == 0 ? 64 : g->cap * 2;
        struct cell *cells = td_mem_realloc(g->cells, cap * g->columns * sizeof *cells);
        g->failed = cells == NULL;
        if (g->failed)
            return;
        g->cells = cells;
        g->cap = cap;
    }
    memset(&g->cells[g->rows++ * g->columns], 0, g->columns * sizeof *g->cells);
}

static bool is_plain(const char *text)
{
    while (*text >= ' ' && *text <= '~')
        text++;
    return *text == '\0';
}

/* What could move the cursor is shown as its code. */
static void add_visible(struct td_buf *b, const char *text)
{
    size_t len = strlen(text);
    uint32_t cp;
    for (size_t i = 0, n; i < len; i += n) {
        n = td_utf8_next(text + i, len - i, &cp);
        if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0))
            td_buf_printf(b, "\\x%02x", (unsigned)cp);
        else if (n == 1 && cp == 0xFFFD) /* no character at all */
            td_buf_printf(b, "\\x%02x", (unsigned)(unsigned char)text[i]);
        else
            td_buf_add_n(b, text + i, n);
    }
}

void td_grid_cell(struct td_grid *g, size_t column, const char *text, enum td_color color)
{
    if (g->failed || text == NULL)
        return;
    struct cell *c = &g->cells[(g->rows - 1) * g->columns + column];
    bool plain = is_plain(text);
    c->start = g->text.len;
    c->color = color;
    if (plain)
        td_buf_add(&g->text, text);
    else
        add_visible(&g->text, text);
    c->len = g->text.len - c->start;
    c->width = plain ? c->len : td_utf8_width(td_buf_str(&g->text) + c->start, c->len);
}

static void add_row(const struct td_grid *g, const struct cell *row, const size_t *widths, struct td_buf *out)
{
    size_t last = g->columns;
    while (last > 0 && row[last - 1].len == 0)
        last--;
    for (size_t i = 0; i < last; i++) {
        bool color = g->color && row[i].color != TD_PLAIN;
        td_buf_add(out, td_color_code(color, row[i].color));
        td_buf_add_n(out, td_buf_str(&g->text) + row[i].start, row[i].len);
        td_buf_add(out, td_color_end(color));
        if (i + 1 < last)
            for (size_t gap = widths[i] - row[i].width + 1; gap > 0; gap--)
                td_buf_char(out, ' ');
    }
    td_buf_char(out, '\n');
}

int td_grid_print(struct td_grid *g, struct td_err *err)
{
    size_t widths[COLUMNS_MAX] = {0};
    struct td_buf out = {0};
    int rc = g->failed ? td_err_nomem(err) : td_buf_check(&g->text, err);
    if (rc != TD_OK)
        return rc;
    for (size_t i = 0; i < g->rows * g->columns; i++)
        if (g->cells[i].width > widths[i % g->columns])
            widths[i % g->columns] = g->cells[i].width;
    for (size_t i = 0; rc == TD_OK && i < g->rows; i++) {
        add_row(g, &g->cells[i * g->columns], widths, &out);
        if (out.len < PIECE_BYTES && i + 1 < g->rows)
            continue;
        rc = td_buf_check(&out, err);
        if (rc == TD_OK)
            fwrite(td_buf_str(&out), 1, out.len, stdout); /* td_out_finish looks whether stdout took it */
        td_buf_reset(&out);
    }
    td_buf_deinit(&out);
    return rc;
}

void td_grid_close(struct td_grid *g)
{
    if (g == NULL)
        return;
    td_mem_free(g->cells);
    td_buf_deinit(&g->text);
    td_mem_free(g);
}
