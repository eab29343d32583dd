/* The drivers that this program has. */
#ifndef TD_DRIVERS_H
#define TD_DRIVERS_H

/* Makes td_db_open know them all. Once, at program start; again is harmless. */
void td_drivers_register(void);

#endif
