/* Errors as people and programs read them: place, excerpt, why, next; JSON; GitHub's annotations. */
#ifndef TD_TANDEM_DIAG_H
#define TD_TANDEM_DIAG_H

#include <stdbool.h>

#include "core/base/json.h"

enum td_severity { TD_SEV_ERROR, TD_SEV_WARNING };

/* Appends the text form, ending in a newline. Control characters in messages are shown as "?". */
void td_diag_text(const struct td_err *err, enum td_severity severity, bool color, struct td_buf *out);
/* {code, severity, summary, sqlstate, why, next:[{label, command}], where:{path, line, column, end}, url} */
void td_diag_json(const struct td_err *err, enum td_severity severity, const char *key, struct td_json_writer *w);
/* The first command of ours in `text`, from `from` on: it stands in backquotes, or begins the text or follows two
 * blanks; two blanks, a semicolon or the text's end end it. NULL: none. */
const char *td_diag_command(const char *text, const char *from, size_t *len);
/* GitHub Actions' workflow command, which puts the error beside the line in the pull request. */
void td_diag_github(const struct td_err *err, enum td_severity severity, struct td_buf *out);
bool td_diag_wants_github(void); /* GITHUB_ACTIONS=true */

#endif
