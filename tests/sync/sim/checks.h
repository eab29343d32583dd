/* What must hold: SYNC.md, 4.5. */
#ifndef TD_TEST_SIM_CHECKS_H
#define TD_TEST_SIM_CHECKS_H

#include "tests/sync/sim/world.h"

/* After each step of a device: I4, I5, I6, I7. Reads its image anew. */
void sim_check_device(struct sim_world *w, struct sim_device *dev);
/* After calm: I1, I2, I3, I6, I9, I10, and sums. */
void sim_check_end(struct sim_world *w);
/* All records of conflicts and of refused rows, without what differs from run to run. Owned. */
char *sim_records(struct sim_world *w);

#endif
