/* Devices: real files in memory, with real capture. */
#ifndef TD_TEST_SIM_DEVICE_H
#define TD_TEST_SIM_DEVICE_H

#include "tests/sync/sim/world.h"

/* A new one, empty or a copy of a file. */
struct sim_device *sim_device_add(struct sim_world *w, int tenant, const unsigned char *bytes, int64_t size);
void sim_device_close(struct sim_device *dev);
/* The process ends here; another opens what the last commit has left. */
void sim_device_reopen(struct sim_world *w, struct sim_device *dev);
/* Another file in its place. */
void sim_device_replace(struct sim_world *w, struct sim_device *dev, const unsigned char *bytes, int64_t size);
/* Commits fail from the nth on; -1: never. */
void sim_device_dies_at(struct sim_device *dev, int commits);

void sim_image_read(struct sim_world *w, struct sim_device *dev, struct sim_image *out);
bool sim_keys_have(const struct sim_keys *k, size_t table, const char *key);
void sim_keys_copy(struct sim_world *w, struct sim_keys *to, const struct sim_keys *from);
/* Tokens in its tables (bits), and in what is kept of lost values. */
void sim_image_tokens(const struct sim_image *i, unsigned char bits[SIM_TOKENS / 8]);
void sim_record_tokens(struct sim_world *w, struct sim_device *dev, unsigned char bits[SIM_TOKENS / 8]);

#endif
