/* The tree and program of a regular expression: shared by regex_parse.c and regex.c alone. */
#ifndef TD_SQLITE_FUNCTIONS_REGEX_IMPL_H
#define TD_SQLITE_FUNCTIONS_REGEX_IMPL_H

#include "drivers/sqlite/functions/regex.h"

enum rx_kind { RX_EMPTY, RX_SET, RX_ASSERT, RX_CAT, RX_ALT, RX_REPEAT, RX_GROUP };

enum rx_assert {
    RX_LINE_START, /* ^ */
    RX_LINE_END,   /* $ */
    RX_TEXT_START, /* \A */
    RX_TEXT_END,   /* \Z */
    RX_WORD_START, /* \m */
    RX_WORD_END,   /* \M */
    RX_WORD_EDGE,  /* \y */
    RX_WORD_INNER, /* \Y */
    RX_AHEAD,      /* (?=re) */
    RX_NOT_AHEAD   /* (?!re) */
};

enum rx_class {
    RX_ALPHA = 1,
    RX_DIGIT = 2,
    RX_UPPER = 4,
    RX_LOWER = 8,
    RX_SPACE = 16,
    RX_PUNCT = 32,
    RX_XDIGIT = 64,
    RX_CNTRL = 128,
    RX_GRAPH = 256,
    RX_BLANK = 512,
    RX_WORD = 1024, /* letters, digits, underscore */
    RX_ASCII = 2048
};

struct rx_range {
    uint32_t low, high;
    struct rx_range *next;
};

struct rx_set {
    struct rx_range *ranges;
    unsigned classes, not_classes;
    bool negated, icase;
    bool never_newline; /* under newline-sensitive matching */
};

enum rx_preference { RX_NONE, RX_LONGEST, RX_SHORTEST };

#define RX_INFINITE -1

struct rx {
    enum rx_kind kind;
    enum rx_preference preference;
    bool captures;           /* a group that captures is here or below */
    struct rx *left, *right; /* CAT, ALT; REPEAT, GROUP and look-ahead: left */
    struct rx_set *set;
    enum rx_assert assertion;
    int min, max;    /* REPEAT */
    int group;       /* 0: does not capture */
    int entry, exit; /* its fragment of the program; exit -1: not compiled yet */
};

enum rx_op { RX_OP_SET, RX_OP_SPLIT, RX_OP_ASSERT, RX_OP_END };

struct rx_inst {
    enum rx_op op;
    int x, y; /* next; SPLIT: both */
    const struct rx *node;
};

struct td_regex {
    struct rx *root;
    int groups;
    int flags;
    struct rx_inst *program;
    int len, cap;
};

TD_MUST_CHECK int rx_parse(struct td_arena *a, const char *pattern, size_t len, int flags, struct td_regex *re,
                           struct td_err *err);
bool rx_class_has(unsigned classes, uint32_t cp);

#endif
