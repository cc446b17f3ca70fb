// What a C programmer would write for the kernel of day features, to measure Swift's against. `slots` is a multiple of 16.

#include "twin.h"

#include <limits.h>

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2"))) int64_t twin_read(const int32_t *x, size_t count) {
    __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
    size_t at = 0;
    for (; at + 32 <= count; at += 32) {
        a = _mm256_add_epi32(a, _mm256_loadu_si256((const __m256i *)(x + at)));
        b = _mm256_add_epi32(b, _mm256_loadu_si256((const __m256i *)(x + at + 8)));
        c = _mm256_add_epi32(c, _mm256_loadu_si256((const __m256i *)(x + at + 16)));
        d = _mm256_add_epi32(d, _mm256_loadu_si256((const __m256i *)(x + at + 24)));
    }
    int32_t lanes[8];
    _mm256_storeu_si256((__m256i *)lanes, _mm256_add_epi32(_mm256_add_epi32(a, b), _mm256_add_epi32(c, d)));
    int64_t sum = 0;
    for (int lane = 0; lane < 8; lane++) sum += lanes[lane];
    for (; at < count; at++) sum += x[at];
    return sum;
}

__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))) static void days4(
    const int32_t *x, size_t days, size_t slots, size_t night, const float *cosine, const float *sine, float *floats,
    int32_t *extremes) {
    const __m512i missing = _mm512_set1_epi32(INT_MIN), one = _mm512_set1_epi32(1), most = _mm512_set1_epi32(INT_MAX);
    const __m512i pairOne = _mm512_set1_epi32(0x10000);
    for (size_t day = 0; day < days; day++, x += slots, floats += 9, extremes += 3) {
        const int32_t first = x[0] == INT_MIN ? 0 : x[0];
        const __m512i reference = _mm512_set1_epi32(first);
        __m512 sums = _mm512_setzero_ps(), squares = sums, steps = sums, even = sums, odd = sums;
        __m512i low = most, nightLow = most, high = missing, counts = _mm512_setzero_si512(), equal = counts;
        for (size_t at = 0; at < slots; at += 16) {
            const __m512i now = _mm512_loadu_si512(x + at);
            const __m512i before =
                at ? _mm512_loadu_si512(x + at - 1) : _mm512_alignr_epi32(now, missing, 15);
            const __mmask16 there = _mm512_cmpneq_epi32_mask(now, missing);
            const __mmask16 pair = _mm512_mask_cmpneq_epi32_mask(there, before, missing);
            const __m512 d = _mm512_maskz_cvtepi32_ps(there, _mm512_sub_epi32(now, reference));
            const __m512i change = _mm512_sub_epi32(now, before);
            const __m512 step = _mm512_maskz_cvtepi32_ps(pair, change);
            sums = _mm512_add_ps(sums, d);
            squares = _mm512_fmadd_ps(d, d, squares);
            steps = _mm512_fmadd_ps(step, step, steps);
            even = _mm512_fmadd_ps(d, _mm512_loadu_ps(cosine + at), even);
            odd = _mm512_fmadd_ps(d, _mm512_loadu_ps(sine + at), odd);
            low = _mm512_mask_min_epi32(low, there, low, now);
            high = _mm512_max_epi32(high, now);
            counts = _mm512_mask_add_epi32(counts, there, counts, one);
            counts = _mm512_mask_add_epi32(counts, pair, counts, pairOne);
            equal = _mm512_mask_add_epi32(equal, _mm512_mask_testn_epi32_mask(pair, change, change), equal, one);
            if (at < night) {
                const size_t left = night - at;
                const __mmask16 within = left >= 16 ? 0xffff : (__mmask16)((1u << left) - 1);
                nightLow = _mm512_mask_min_epi32(nightLow, there & within, nightLow, now);
            }
        }
        const int both = _mm512_reduce_add_epi32(counts);
        floats[0] = (float)(both & 0xffff);
        floats[1] = (float)(both >> 16);
        floats[2] = (float)_mm512_reduce_add_epi32(equal);
        floats[3] = (float)first;
        floats[4] = _mm512_reduce_add_ps(sums);
        floats[5] = _mm512_reduce_add_ps(squares);
        floats[6] = _mm512_reduce_add_ps(steps);
        floats[7] = _mm512_reduce_add_ps(even);
        floats[8] = _mm512_reduce_add_ps(odd);
        extremes[0] = _mm512_reduce_min_epi32(low);
        extremes[1] = _mm512_reduce_max_epi32(high);
        extremes[2] = _mm512_reduce_min_epi32(nightLow);
    }
}

#define FOLD __attribute__((target("avx2,fma"))) static inline
FOLD int fold(__m256i v, int what) {
    __m128i a = _mm256_castsi256_si128(v), b = _mm256_extracti128_si256(v, 1);
    for (int turn = 0; turn < 3; turn++) {
        a = what == 0 ? _mm_add_epi32(a, b) : what < 0 ? _mm_min_epi32(a, b) : _mm_max_epi32(a, b);
        b = turn == 0 ? _mm_shuffle_epi32(a, 0x4e) : _mm_shuffle_epi32(a, 0xb1);
    }
    return _mm_cvtsi128_si32(a);
}
FOLD float add(__m256 v) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

__attribute__((target("avx2,fma"))) static void days3(
    const int32_t *x, size_t days, size_t slots, size_t night, const float *cosine, const float *sine, float *floats,
    int32_t *extremes) {
    const __m256i missing = _mm256_set1_epi32(INT_MIN), most = _mm256_set1_epi32(INT_MAX);
    const __m256i pairOne = _mm256_set1_epi32(0x10000), one = _mm256_set1_epi32(1);
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    for (size_t day = 0; day < days; day++, x += slots, floats += 9, extremes += 3) {
        const int32_t first = x[0] == INT_MIN ? 0 : x[0];
        const __m256i reference = _mm256_set1_epi32(first);
        __m256 sums = _mm256_setzero_ps(), squares = sums, steps = sums, even = sums, odd = sums;
        __m256i low = most, nightLow = most, high = missing, counts = _mm256_setzero_si256(), equal = counts;
        for (size_t at = 0; at < slots; at += 8) {
            const __m256i now = _mm256_loadu_si256((const __m256i *)(x + at));
            const __m256i before =
                at ? _mm256_loadu_si256((const __m256i *)(x + at - 1))
                   : _mm256_blend_epi32(
                         _mm256_permutevar8x32_epi32(now, _mm256_setr_epi32(0, 0, 1, 2, 3, 4, 5, 6)), missing, 1);
            const __m256i gone = _mm256_cmpeq_epi32(now, missing);
            const __m256i noPair = _mm256_or_si256(gone, _mm256_cmpeq_epi32(before, missing));
            const __m256 d = _mm256_andnot_ps(
                _mm256_castsi256_ps(gone), _mm256_cvtepi32_ps(_mm256_sub_epi32(now, reference)));
            const __m256i change = _mm256_sub_epi32(now, before);
            const __m256 step = _mm256_andnot_ps(_mm256_castsi256_ps(noPair), _mm256_cvtepi32_ps(change));
            sums = _mm256_add_ps(sums, d);
            squares = _mm256_fmadd_ps(d, d, squares);
            steps = _mm256_fmadd_ps(step, step, steps);
            even = _mm256_fmadd_ps(d, _mm256_loadu_ps(cosine + at), even);
            odd = _mm256_fmadd_ps(d, _mm256_loadu_ps(sine + at), odd);
            const __m256i raised = _mm256_blendv_epi8(now, most, gone);
            low = _mm256_min_epi32(low, raised);
            high = _mm256_max_epi32(high, now);
            counts = _mm256_add_epi32(counts, _mm256_andnot_si256(gone, one));
            counts = _mm256_add_epi32(counts, _mm256_andnot_si256(noPair, pairOne));
            equal = _mm256_sub_epi32(
                equal, _mm256_andnot_si256(noPair, _mm256_cmpeq_epi32(change, _mm256_setzero_si256())));
            if (at < night) {
                const __m256i within = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(night - at)), lanes);
                nightLow = _mm256_min_epi32(nightLow, _mm256_blendv_epi8(most, raised, within));
            }
        }
        const int both = fold(counts, 0);
        floats[0] = (float)(both & 0xffff);
        floats[1] = (float)(both >> 16);
        floats[2] = (float)fold(equal, 0);
        floats[3] = (float)first;
        floats[4] = add(sums);
        floats[5] = add(squares);
        floats[6] = add(steps);
        floats[7] = add(even);
        floats[8] = add(odd);
        extremes[0] = fold(low, -1);
        extremes[1] = fold(high, 1);
        extremes[2] = fold(nightLow, -1);
    }
}
#else
int64_t twin_read(const int32_t *x, size_t count) {
    int64_t sum = 0;
    for (size_t at = 0; at < count; at++) sum += x[at];
    return sum;
}
#endif

static void days1(
    const int32_t *x, size_t days, size_t slots, size_t night, const float *cosine, const float *sine, float *floats,
    int32_t *extremes) {
    for (size_t day = 0; day < days; day++, x += slots, floats += 9, extremes += 3) {
        const int32_t first = x[0] == INT_MIN ? 0 : x[0];
        for (int place = 0; place < 9; place++) floats[place] = 0;
        floats[3] = (float)first;
        extremes[0] = extremes[2] = INT_MAX;
        extremes[1] = INT_MIN;
        for (size_t at = 0; at < slots; at++) {
            const int32_t now = x[at];
            if (now == INT_MIN) continue;
            const float d = (float)(now - first);
            floats[0] += 1;
            floats[4] += d;
            floats[5] += d * d;
            floats[7] += d * cosine[at];
            floats[8] += d * sine[at];
            if (now < extremes[0]) extremes[0] = now;
            if (now > extremes[1]) extremes[1] = now;
            if (at < night && now < extremes[2]) extremes[2] = now;
            if (at == 0 || x[at - 1] == INT_MIN) continue;
            const float step = (float)(now - x[at - 1]);
            floats[1] += 1;
            floats[2] += step == 0;
            floats[6] += step * step;
        }
    }
}

void twin_days(
    int level, const int32_t *x, size_t days, size_t slots, size_t night, const float *cosine, const float *sine,
    float *floats, int32_t *extremes) {
#if defined(__x86_64__)
    if (level == 4) return days4(x, days, slots, night, cosine, sine, floats, extremes);
    if (level == 3) return days3(x, days, slots, night, cosine, sine, floats, extremes);
#endif
    days1(x, days, slots, night, cosine, sine, floats, extremes);
}
