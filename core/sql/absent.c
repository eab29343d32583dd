#include "core/sql/absent.h"

#include <pg_query.h>

/* The word before the statement's last literal: a type may be called "before", but its name comes earlier. */
static PgQuery__Token last_word(const PgQuery__ScanResult *tokens)
{
    for (size_t i = tokens->n_tokens; i-- > 0;) {
        switch (tokens->tokens[i]->token) {
        case PG_QUERY__TOKEN__TO:
        case PG_QUERY__TOKEN__BEFORE:
        case PG_QUERY__TOKEN__AFTER:
        case PG_QUERY__TOKEN__EXISTS:
        case PG_QUERY__TOKEN__VALUE_P: return tokens->tokens[i]->token;
        default: break;
        }
    }
    return PG_QUERY__TOKEN__NUL;
}

bool td_sql_mark_absent(PgQuery__Node *n, const char *text)
{
    if (n->node_case != PG_QUERY__NODE__NODE_ALTER_ENUM_STMT)
        return true;
    PgQueryScanResult r = pg_query_scan(text);
    PgQuery__ScanResult *tokens = NULL;
    if (r.error == NULL)
        tokens = pg_query__scan_result__unpack(NULL, r.pbuf.len, (const uint8_t *)r.pbuf.data);
    if (tokens != NULL) {
        PgQuery__Token word = last_word(tokens);
        if (word != PG_QUERY__TOKEN__TO)
            n->alter_enum_stmt->old_val = NULL;
        if (word != PG_QUERY__TOKEN__BEFORE && word != PG_QUERY__TOKEN__AFTER)
            n->alter_enum_stmt->new_val_neighbor = NULL;
    }
    pg_query_free_scan_result(r);
    pg_query__scan_result__free_unpacked(tokens, NULL);
    return tokens != NULL;
}
