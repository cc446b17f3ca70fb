#ifndef CMACHINE_ROWPACK_H
#define CMACHINE_ROWPACK_H

#include <stdbool.h>
#include <stdint.h>

/// What `cmachine_pack_row` found.
typedef struct {
    /// Bytes written: one width for each sixteen values, then the values. 0 when all values are equal.
    int64_t bytes;
    /// The lowest value.
    int32_t low;
    /// Whether steps from value to value were written, and not offsets from the lowest.
    bool steps;
} cmachine_packed_row;

/// Whether this processor has what `cmachine_pack_row` needs (AVX2, BMI2).
bool cmachine_packs_rows(void);

/// Packs `count` (at least 1) values into groups of sixteen by the layout of Docs/Formats/archive.md. `line[0]` repeats the
/// first value, the values begin at `line[1]`; `line` is writable for `count` + 16 values, `out` for 65 bytes
/// a group, the last one counted as full, and 16 more.
cmachine_packed_row cmachine_pack_row(int32_t *line, int64_t count, uint8_t *out);

#endif
