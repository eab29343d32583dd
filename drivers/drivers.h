/* The drivers that this program has. */
#ifndef TD_DRIVERS_H
#define TD_DRIVERS_H

/* Makes td_db_open know them all. Once, at program start; again is harmless. */
void td_drivers_register(void);
/* For a program that is all ours, before the first connection: settings that hold for the whole process. */
void td_drivers_settle(void);

#endif
