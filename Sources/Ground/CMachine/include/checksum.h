#ifndef CMACHINE_CHECKSUM_H
#define CMACHINE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `length` bytes, carried on from `crc` (0 at the start). Uses the
/// processor's own instruction where there is one, else a table; both give the same number.
uint32_t cmachine_crc32c(uint32_t crc, const void *bytes, size_t length);

/// The table way alone, so that a test can hold one against the other.
uint32_t cmachine_crc32c_table(uint32_t crc, const void *bytes, size_t length);

#endif
