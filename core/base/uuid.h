/* UUIDs as text: lower case, 8-4-4-4-12. */
#ifndef TD_BASE_UUID_H
#define TD_BASE_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TD_UUID_TEXT 37 /* 36 characters and a NUL */

void td_uuid_v4(char out[TD_UUID_TEXT]); /* random, as gen_random_uuid() */
/* Time-ordered (RFC 9562, its method 3): the time to a quarter of a microsecond first, the rest random. */
void td_uuid_v7(int64_t unix_us, char out[TD_UUID_TEXT]);
/* Reads what PostgreSQL's uuid input reads (any letter case, braces around, hyphens after any group of four digits or
 * none) and writes the canonical form. No spaces around. False when it is none. `out` may be NULL. */
bool td_uuid_parse(const char *text, size_t len, char out[TD_UUID_TEXT]);
bool td_uuid_is_canonical(const char *text, size_t len);

#endif
