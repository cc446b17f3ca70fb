#include "rowpack.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define LEVEL __attribute__((target("avx2,bmi,bmi2,lzcnt")))

enum { GROUP = 16 };

typedef struct {
    __m256i front, back;
} group;

bool cmachine_packs_rows(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"); }

LEVEL static inline group offsets(const int32_t *at, __m256i low) {
    return (group){_mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)at), low),
                   _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)(at + 8)), low)};
}

LEVEL static inline __m256i zigzag(__m256i x) {
    return _mm256_xor_si256(_mm256_slli_epi32(x, 1), _mm256_srai_epi32(x, 31));
}

LEVEL static inline group steps(const int32_t *at) {
    return (group){zigzag(_mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)at),
                                           _mm256_loadu_si256((const __m256i *)(at - 1)))),
                   zigzag(_mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)(at + 8)),
                                           _mm256_loadu_si256((const __m256i *)(at + 7))))};
}

/// Bits that the widest of sixteen values takes.
LEVEL static inline uint32_t width(group x) {
    const __m256i both = _mm256_or_si256(x.front, x.back);
    __m128i four = _mm_or_si128(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    four = _mm_or_si128(four, _mm_shuffle_epi32(four, 0x4e));
    four = _mm_or_si128(four, _mm_shuffle_epi32(four, 0xb1));
    return 32 - _lzcnt_u32((uint32_t)_mm_cvtsi128_si32(four));
}

LEVEL static inline void put(uint8_t *out, uint64_t word) { memcpy(out, &word, 8); }

/// Writes 2·`bits` bytes that count, and up to 16 behind their begin that do not.
LEVEL static inline void pack(group x, uint32_t bits, uint8_t *out) {
    if (bits <= 16) {
        // Sixteen 16-bit lanes in their order.
        const __m256i lanes = _mm256_permute4x64_epi64(_mm256_packus_epi32(x.front, x.back), 0xd8);
        if (bits <= 8) {
            const __m256i bytes = _mm256_packus_epi16(lanes, lanes);
            const uint64_t mask = 0x0101010101010101u * ((1u << bits) - 1);
            put(out, _pext_u64((uint64_t)_mm256_extract_epi64(bytes, 0), mask));
            put(out + bits, _pext_u64((uint64_t)_mm256_extract_epi64(bytes, 2), mask));
            return;
        }
        const uint64_t mask = 0x0001000100010001u * ((1u << bits) - 1);
        const uint64_t one = _pext_u64((uint64_t)_mm256_extract_epi64(lanes, 0), mask);
        const uint64_t two = _pext_u64((uint64_t)_mm256_extract_epi64(lanes, 1), mask);
        const uint64_t three = _pext_u64((uint64_t)_mm256_extract_epi64(lanes, 2), mask);
        const uint64_t four = _pext_u64((uint64_t)_mm256_extract_epi64(lanes, 3), mask);
        // Four values take 36 to 64 bits; eight of them are whole bytes.
        const uint32_t quarter = 4 * bits;
        put(out, quarter < 64 ? one | two << quarter : one);
        put(out + 8, quarter < 64 ? two >> (64 - quarter) : two);
        put(out + bits, quarter < 64 ? three | four << quarter : three);
        put(out + bits + 8, quarter < 64 ? four >> (64 - quarter) : four);
        return;
    }
    uint32_t values[GROUP];
    _mm256_storeu_si256((__m256i *)values, x.front);
    _mm256_storeu_si256((__m256i *)(values + 8), x.back);
    uint64_t pending = 0;
    uint32_t filled = 0;
    for (int index = 0; index < GROUP; index++) {
        pending |= (uint64_t)values[index] << filled;
        filled += bits;
        if (filled >= 32) {
            const uint32_t word = (uint32_t)pending;
            memcpy(out, &word, 4);
            out += 4;
            pending >>= 32;
            filled -= 32;
        }
    }
    if (filled > 0) {
        // Sixteen values of an odd width end in the middle of a word.
        const uint16_t word = (uint16_t)pending;
        memcpy(out, &word, 2);
    }
}

LEVEL static int32_t lowest(const int32_t *line, int64_t groups) {
    __m256i low = _mm256_loadu_si256((const __m256i *)line);
    for (int64_t at = 0; at < groups * GROUP; at += 8)
        low = _mm256_min_epi32(low, _mm256_loadu_si256((const __m256i *)(line + at)));
    __m128i four = _mm_min_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
    four = _mm_min_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    four = _mm_min_epi32(four, _mm_shuffle_epi32(four, 0xb1));
    return _mm_cvtsi128_si32(four);
}

LEVEL cmachine_packed_row cmachine_pack_row(int32_t *line, int64_t count, uint8_t *out) {
    const int64_t groups = (count + GROUP - 1) / GROUP;
    int32_t *values = line + 1;
    // A group that is not full is filled up with its last value: no wider, and no step.
    for (int64_t at = count; at < groups * GROUP; at++) values[at] = values[count - 1];
    cmachine_packed_row row = {0, lowest(values, groups), false};
    const __m256i low = _mm256_set1_epi32(row.low);
    int64_t offset_bits = 0, step_bits = 0;
    for (int64_t first = 0; first < count; first += GROUP) {
        const int64_t length = count - first < GROUP ? count - first : GROUP;
        offset_bits += width(offsets(values + first, low)) * length;
        step_bits += width(steps(values + first)) * length;
    }
    row.steps = step_bits < offset_bits;
    if ((row.steps ? step_bits : offset_bits) == 0) return row;
    if (!row.steps)
        for (int64_t at = count; at < groups * GROUP; at++) values[at] = row.low;
    uint8_t *at = out + groups;
    for (int64_t number = 0; number < groups; number++) {
        const group x = row.steps ? steps(values + number * GROUP) : offsets(values + number * GROUP, low);
        const uint32_t bits = width(x);
        out[number] = (uint8_t)bits;
        if (bits == 0) continue;
        pack(x, bits, at);
        const int64_t length = count - number * GROUP;
        at += length < GROUP ? (length * bits + 7) / 8 : 2 * (int64_t)bits;
    }
    row.bytes = at - out;
    return row;
}

#else

bool cmachine_packs_rows(void) { return false; }

cmachine_packed_row cmachine_pack_row(int32_t *line, int64_t count, uint8_t *out) {
    (void)count;
    (void)out;
    return (cmachine_packed_row){0, line[0], false};
}

#endif
