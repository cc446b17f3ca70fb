#ifndef METER_TWIN_H
#define METER_TWIN_H

#include <stddef.h>
#include <stdint.h>

/// Sum of all words: reads memory as fast as one core can.
int64_t twin_read(const int32_t *x, size_t count);

/// The day features of Kernels in C, with intrinsics of the level: 4, 3, or plain C for anything else.
void twin_days(
    int level, const int32_t *x, size_t days, size_t slots, size_t night, const float *cosine, const float *sine,
    float *floats, int32_t *extremes);

#endif
