/* Shared by url.c and redact.c alone. */
#ifndef TD_CONFIG_URL_IMPL_H
#define TD_CONFIG_URL_IMPL_H

#include <stddef.h>

#include "core/base/err.h"

/* Percent-decoding; what is no "%hh" stays. TD_ECONFIG for %00. `*out` is owned. */
TD_MUST_CHECK int td_url_decode(const char *s, size_t len, char **out, struct td_err *err);

#endif
