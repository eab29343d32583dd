/* Programs that write: on devices by SQL, on the server in transactions. */
#ifndef TD_TEST_SIM_APP_H
#define TD_TEST_SIM_APP_H

#include "tests/sync/sim/world.h"

/* One transaction of a program on a device; what it has written is noted. Inside td_arena_run of the world's arena. */
void sim_app_device(struct sim_world *w, struct sim_device *dev);
/* A transaction on the server: begun, and ended at once or left open. */
void sim_app_server(struct sim_world *w);
void sim_app_truncate(struct sim_world *w);

#endif
