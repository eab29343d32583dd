/* Values between tandem and a database: engine-neutral, exact. */
#ifndef TD_DB_VALUE_H
#define TD_DB_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum td_value_kind {
    TD_V_NULL = 0,
    TD_V_BOOL,
    TD_V_INT,
    TD_V_DOUBLE,
    TD_V_TEXT,
    TD_V_BLOB,
    /* exact text in PostgreSQL's output form; the kind only says what the text is */
    TD_V_NUMERIC,
    TD_V_TIMESTAMP, /* timestamptz, timestamp, date, time */
    TD_V_UUID,
    TD_V_JSON
};

struct td_value {
    enum td_value_kind kind;
    union {
        bool b;
        int64_t i;
        double d;
        struct {
            const char *at; /* borrowed; NUL-terminated for the text kinds when it comes from a driver */
            size_t len;
        } bytes; /* TEXT, BLOB and the exact-text kinds */
    };
};

static inline struct td_value td_null(void)
{
    return (struct td_value){.kind = TD_V_NULL};
}

static inline struct td_value td_int(int64_t i)
{
    return (struct td_value){.kind = TD_V_INT, .i = i};
}

static inline struct td_value td_bool(bool b)
{
    return (struct td_value){.kind = TD_V_BOOL, .b = b};
}

static inline struct td_value td_double(double d)
{
    return (struct td_value){.kind = TD_V_DOUBLE, .d = d};
}

static inline struct td_value td_bytes(enum td_value_kind kind, const void *at, size_t len)
{
    return (struct td_value){.kind = kind, .bytes = {(const char *)at, len}};
}

/* NULL gives SQL NULL. */
static inline struct td_value td_text(const char *s)
{
    return s == NULL ? td_null() : td_bytes(TD_V_TEXT, s, strlen(s));
}

#endif
