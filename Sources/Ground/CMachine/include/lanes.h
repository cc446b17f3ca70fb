#ifndef CMACHINE_LANES_H
#define CMACHINE_LANES_H

#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>

// A vector of whole numbers and one of floats in the widest register of the level, by the same names at every level, so
// that one Swift source serves all. Masks are whole lanes of ones.

static const int32_t cmachine_steps[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};

#define LANES static inline __attribute__((always_inline))

#if defined(__AVX512BW__) && defined(__AVX512DQ__)
#define CMACHINE_LANES 16
typedef __m512i cmachine_whole;
typedef __m512 cmachine_real;
LANES cmachine_whole whole_load(const int32_t *x) { return _mm512_loadu_si512(x); }
LANES cmachine_whole whole_set(int32_t x) { return _mm512_set1_epi32(x); }
LANES cmachine_whole whole_behind(cmachine_whole x, cmachine_whole first) { return _mm512_alignr_epi32(x, first, 15); }
LANES cmachine_whole whole_add(cmachine_whole a, cmachine_whole b) { return _mm512_add_epi32(a, b); }
LANES cmachine_whole whole_sub(cmachine_whole a, cmachine_whole b) { return _mm512_sub_epi32(a, b); }
LANES cmachine_whole whole_and(cmachine_whole a, cmachine_whole b) { return _mm512_and_si512(a, b); }
LANES cmachine_whole whole_min(cmachine_whole a, cmachine_whole b) { return _mm512_min_epi32(a, b); }
LANES cmachine_whole whole_max(cmachine_whole a, cmachine_whole b) { return _mm512_max_epi32(a, b); }
LANES cmachine_whole whole_same(cmachine_whole a, cmachine_whole b) {
    return _mm512_movm_epi32(_mm512_cmpeq_epi32_mask(a, b));
}
LANES cmachine_whole whole_pick(cmachine_whole mask, cmachine_whole a, cmachine_whole b) {
    return _mm512_ternarylogic_epi32(mask, a, b, 0xca);
}
LANES cmachine_real real_from(cmachine_whole x) { return _mm512_cvtepi32_ps(x); }
LANES cmachine_real real_zero(void) { return _mm512_setzero_ps(); }
LANES cmachine_real real_load(const float *x) { return _mm512_loadu_ps(x); }
LANES cmachine_real real_add(cmachine_real a, cmachine_real b) { return _mm512_add_ps(a, b); }
LANES cmachine_real real_more(cmachine_real sum, cmachine_real a, cmachine_real b) { return _mm512_fmadd_ps(a, b, sum); }
LANES cmachine_real real_and(cmachine_whole mask, cmachine_real x) { return _mm512_and_ps(_mm512_castsi512_ps(mask), x); }
#define FOLD_WHOLE(fold, fold8, x)                                                                             \
    __extension__({                                                                                            \
        const __m256i half = fold8(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64(x, 1));                \
        fold(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));                                 \
    })
LANES __m128i whole_quarter_min(cmachine_whole x) { return FOLD_WHOLE(_mm_min_epi32, _mm256_min_epi32, x); }
LANES __m128i whole_quarter_sum(cmachine_whole x) { return FOLD_WHOLE(_mm_add_epi32, _mm256_add_epi32, x); }
LANES __m128 real_quarter(cmachine_real x) {
    const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
    return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}
#undef FOLD_WHOLE
#elif defined(__AVX2__)
#define CMACHINE_LANES 8
typedef __m256i cmachine_whole;
typedef __m256 cmachine_real;
LANES cmachine_whole whole_load(const int32_t *x) { return _mm256_loadu_si256((const __m256i *)x); }
LANES cmachine_whole whole_set(int32_t x) { return _mm256_set1_epi32(x); }
LANES cmachine_whole whole_behind(cmachine_whole x, cmachine_whole first) {
    return _mm256_blend_epi32(_mm256_permutevar8x32_epi32(x, _mm256_setr_epi32(0, 0, 1, 2, 3, 4, 5, 6)), first, 1);
}
LANES cmachine_whole whole_add(cmachine_whole a, cmachine_whole b) { return _mm256_add_epi32(a, b); }
LANES cmachine_whole whole_sub(cmachine_whole a, cmachine_whole b) { return _mm256_sub_epi32(a, b); }
LANES cmachine_whole whole_and(cmachine_whole a, cmachine_whole b) { return _mm256_and_si256(a, b); }
LANES cmachine_whole whole_min(cmachine_whole a, cmachine_whole b) { return _mm256_min_epi32(a, b); }
LANES cmachine_whole whole_max(cmachine_whole a, cmachine_whole b) { return _mm256_max_epi32(a, b); }
LANES cmachine_whole whole_same(cmachine_whole a, cmachine_whole b) { return _mm256_cmpeq_epi32(a, b); }
LANES cmachine_whole whole_pick(cmachine_whole mask, cmachine_whole a, cmachine_whole b) {
    return _mm256_blendv_epi8(b, a, mask);
}
LANES cmachine_real real_from(cmachine_whole x) { return _mm256_cvtepi32_ps(x); }
LANES cmachine_real real_zero(void) { return _mm256_setzero_ps(); }
LANES cmachine_real real_load(const float *x) { return _mm256_loadu_ps(x); }
LANES cmachine_real real_add(cmachine_real a, cmachine_real b) { return _mm256_add_ps(a, b); }
LANES cmachine_real real_more(cmachine_real sum, cmachine_real a, cmachine_real b) { return _mm256_fmadd_ps(a, b, sum); }
LANES cmachine_real real_and(cmachine_whole mask, cmachine_real x) { return _mm256_and_ps(_mm256_castsi256_ps(mask), x); }
LANES __m128i whole_quarter_min(cmachine_whole x) {
    return _mm_min_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
}
LANES __m128i whole_quarter_sum(cmachine_whole x) {
    return _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
}
LANES __m128 real_quarter(cmachine_real x) {
    return _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
}
#else
#define CMACHINE_LANES 4
typedef __m128i cmachine_whole;
typedef __m128 cmachine_real;
LANES cmachine_whole whole_load(const int32_t *x) { return _mm_loadu_si128((const __m128i *)x); }
LANES cmachine_whole whole_set(int32_t x) { return _mm_set1_epi32(x); }
LANES cmachine_whole whole_behind(cmachine_whole x, cmachine_whole first) {
    return _mm_or_si128(_mm_slli_si128(x, 4), _mm_srli_si128(first, 12));
}
LANES cmachine_whole whole_add(cmachine_whole a, cmachine_whole b) { return _mm_add_epi32(a, b); }
LANES cmachine_whole whole_sub(cmachine_whole a, cmachine_whole b) { return _mm_sub_epi32(a, b); }
LANES cmachine_whole whole_and(cmachine_whole a, cmachine_whole b) { return _mm_and_si128(a, b); }
LANES cmachine_whole whole_pick(cmachine_whole mask, cmachine_whole a, cmachine_whole b) {
    return _mm_or_si128(_mm_and_si128(mask, a), _mm_andnot_si128(mask, b));
}
LANES cmachine_whole whole_min(cmachine_whole a, cmachine_whole b) { return whole_pick(_mm_cmpgt_epi32(b, a), a, b); }
LANES cmachine_whole whole_max(cmachine_whole a, cmachine_whole b) { return whole_pick(_mm_cmpgt_epi32(a, b), a, b); }
LANES cmachine_whole whole_same(cmachine_whole a, cmachine_whole b) { return _mm_cmpeq_epi32(a, b); }
LANES cmachine_real real_from(cmachine_whole x) { return _mm_cvtepi32_ps(x); }
LANES cmachine_real real_zero(void) { return _mm_setzero_ps(); }
LANES cmachine_real real_load(const float *x) { return _mm_loadu_ps(x); }
LANES cmachine_real real_add(cmachine_real a, cmachine_real b) { return _mm_add_ps(a, b); }
LANES cmachine_real real_more(cmachine_real sum, cmachine_real a, cmachine_real b) {
    return _mm_add_ps(sum, _mm_mul_ps(a, b));
}
LANES cmachine_real real_and(cmachine_whole mask, cmachine_real x) { return _mm_and_ps(_mm_castsi128_ps(mask), x); }
LANES __m128i whole_quarter_min(cmachine_whole x) { return x; }
LANES __m128i whole_quarter_sum(cmachine_whole x) { return x; }
LANES __m128 real_quarter(cmachine_real x) { return x; }
#define CMACHINE_NO_MIN32 1
#endif

LANES __m128i cmachine_min4(__m128i a, __m128i b) {
#ifdef CMACHINE_NO_MIN32
    return whole_min(a, b);
#else
    return _mm_min_epi32(a, b);
#endif
}

/// Lanes below `count` are ones.
LANES cmachine_whole whole_below(int64_t count) {
    return whole_load(cmachine_steps + 16 - (count < 0 ? 0 : count > CMACHINE_LANES ? CMACHINE_LANES : count));
}

/// Four sums over lanes at once.
LANES void real_sums(cmachine_real a, cmachine_real b, cmachine_real c, cmachine_real d, float *result) {
    const __m128 w = real_quarter(a), x = real_quarter(b), y = real_quarter(c), z = real_quarter(d);
    const __m128 wx = _mm_add_ps(_mm_unpacklo_ps(w, x), _mm_unpackhi_ps(w, x));
    const __m128 yz = _mm_add_ps(_mm_unpacklo_ps(y, z), _mm_unpackhi_ps(y, z));
    _mm_storeu_ps(result, _mm_add_ps(_mm_movelh_ps(wx, yz), _mm_movehl_ps(yz, wx)));
}

/// Four leasts over lanes at once.
LANES void whole_leasts(cmachine_whole a, cmachine_whole b, cmachine_whole c, cmachine_whole d, int32_t *result) {
    const __m128i w = whole_quarter_min(a), x = whole_quarter_min(b), y = whole_quarter_min(c), z = whole_quarter_min(d);
    const __m128i wx = cmachine_min4(_mm_unpacklo_epi32(w, x), _mm_unpackhi_epi32(w, x));
    const __m128i yz = cmachine_min4(_mm_unpacklo_epi32(y, z), _mm_unpackhi_epi32(y, z));
    _mm_storeu_si128((__m128i *)result, cmachine_min4(_mm_unpacklo_epi64(wx, yz), _mm_unpackhi_epi64(wx, yz)));
}

/// A sum over lanes.
LANES int32_t whole_sum(cmachine_whole x) {
    __m128i sum = whole_quarter_sum(x);
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1)));
}
#undef LANES
#endif

#endif
