/* Ctrl-C and SIGTERM: the first asks the statement under way to stop and lets it roll back, the second ends at once. */
#ifndef TD_TANDEM_INTERRUPT_H
#define TD_TANDEM_INTERRUPT_H

#include <stdatomic.h>

struct td_db;

extern atomic_bool td_interrupt_flag; /* set by the first one */

/* From here on signals are taken by a thread of ours, which cancels what runs on `db`. Until this is called, and after
 * td_interrupt_unwatch, a signal ends the program as usual: nothing is under way then. One at a time. */
void td_interrupt_watch(struct td_db *db);
void td_interrupt_unwatch(void);
int td_interrupt_signal(void); /* 0: none came */

/* For a program that waits for processes of its own: from here on signals are only noted, and end a poll(). */
void td_interrupt_note(void);
int td_interrupt_count(void); /* how many were noted */
/* As it was before: in such a process, and when all have ended. */
void td_interrupt_forget(void);

#endif
