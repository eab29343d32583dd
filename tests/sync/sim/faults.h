/* What happens while something else is under way. */
#ifndef TD_TEST_SIM_FAULTS_H
#define TD_TEST_SIM_FAULTS_H

#include "tests/sync/sim/world.h"

/* Between two calls of a device: transactions begin and end, the server crashes, another device runs. */
void sim_between(struct sim_world *w, struct sim_device *dev);
/* A program writes to a file whose sync is under way. */
void sim_app_on_busy_device(struct sim_world *w, struct sim_device *dev);
/* The row was in a batch that the server took: what it is now the cursor does not tell. */
void sim_note_sent(struct sim_world *w, struct sim_device *dev, size_t table, const char *key);

/* A step of the schedule, chosen by the seed. */
void sim_step(struct sim_world *w);
/* A device syncs, and perhaps something goes wrong. */
void sim_run_device(struct sim_world *w, struct sim_device *dev, bool faults);

#endif
