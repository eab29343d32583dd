/* Network addresses as text: what PostgreSQL 15 reads as inet, cidr, macaddr and macaddr8, in the one form in which it
 * prints each value. Equal values have equal texts. */
#ifndef TD_BASE_NETWORK_H
#define TD_BASE_NETWORK_H

#include "core/base/buf.h"
#include "core/base/err.h"

enum td_network_kind { TD_NETWORK_INET, TD_NETWORK_CIDR, TD_NETWORK_MACADDR, TD_NETWORK_MACADDR8 };

/* Appends the output form of `text`. Fails with PostgreSQL's SQLSTATE (22P02, 22003) where its input function does. */
TD_MUST_CHECK int td_network_canon(enum td_network_kind kind, const char *text, struct td_buf *out, struct td_err *err);

/* Both take the output form of an inet or a cidr, and fail on any other text. */
/* A key whose bytes sort as PostgreSQL sorts the values. */
TD_MUST_CHECK int td_inet_sort(const char *text, struct td_buf *out, struct td_err *err);
/* The cidr that inet::cidr gives: the bits to the right of the mask are cleared. */
TD_MUST_CHECK int td_inet_network(const char *text, struct td_buf *out, struct td_err *err);

#endif
