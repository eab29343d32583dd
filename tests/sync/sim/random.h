/* Numbers from a seed: the same on every machine. */
#ifndef TD_TEST_SIM_RANDOM_H
#define TD_TEST_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct sim_random {
    uint64_t at;
};

static inline uint64_t sim_next(struct sim_random *r) /* splitmix64 */
{
    uint64_t z = r->at += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline unsigned sim_below(struct sim_random *r, unsigned n)
{
    return n == 0 ? 0 : (unsigned)(sim_next(r) >> 33) % n;
}

static inline bool sim_chance(struct sim_random *r, unsigned percent)
{
    return sim_below(r, 100) < percent;
}

#endif
