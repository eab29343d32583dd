/* MD5, where PostgreSQL's md5() has to be met: for comparing, never for trust. */
#ifndef TD_BASE_MD5_H
#define TD_BASE_MD5_H

#include <stddef.h>

void td_md5(const void *bytes, size_t len, unsigned char out[16]);

#endif
