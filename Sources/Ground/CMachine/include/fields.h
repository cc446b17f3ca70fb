#ifndef CMACHINE_FIELDS_H
#define CMACHINE_FIELDS_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// How a column of decimal numbers is written: so many digits behind the point, at most eight bytes in all.
struct cmachine_fixed {
    uint32_t decimals;
    /// The point's byte.
    uint8_t point;
    /// Larger numbers are left to the caller.
    int32_t largest;
    /// What an empty field gives.
    int32_t missing;
};

static inline uint64_t cmachine_word(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    return word;
}

/// Whether `count` bytes are the same. Up to 15 bytes behind either may be read.
static inline int cmachine_same(const uint8_t *a, const uint8_t *b, uint32_t count) {
#if defined(__SSE2__)
    uint32_t place = 0;
    for (;;) {
        const __m128i left = _mm_loadu_si128((const __m128i *)(a + place));
        const __m128i right = _mm_loadu_si128((const __m128i *)(b + place));
        const uint32_t other = 0xffffu ^ (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(left, right));
        const uint32_t rest = count - place;
        if (rest <= 16) return (other & (uint32_t)((1ull << rest) - 1)) == 0;
        if (other) return 0;
        place += 16;
    }
#else
    return memcmp(a, b, count) == 0;
#endif
}

/// One number; 1 when it is written as expected.
static inline int cmachine_fixed1(
    const uint8_t *text, uint32_t from, uint32_t to, const struct cmachine_fixed *how, int32_t *result) {
    const uint32_t length = to - from;
    *result = how->missing;
    if (length == 0) return 1;
    if (length > 8 || length < 2 || length <= how->decimals) return 0;
    const uint64_t digits = (cmachine_word(text + from) ^ 0x3030303030303030u) & (~(uint64_t)0 >> (64 - 8 * length));
    const uint32_t whole = 8 * (length - 1 - how->decimals);
    const uint64_t behind = digits >> whole;
    if ((behind & 0xff) != (uint64_t)(how->point ^ 0x30)) return 0;
    const uint64_t front = digits & (((uint64_t)1 << whole) - 1);
    const uint64_t joined = (front | ((behind >> 8) << whole)) << (72 - 8 * length);
    if (((joined + 0x7676767676767676u) | joined) & 0x8080808080808080u) return 0;
    const uint64_t pairs = joined * 10 + (joined >> 8);
    const uint64_t left = (pairs & 0x000000ff000000ffu) * 0x000f424000000064u;
    const uint64_t right = ((pairs >> 16) & 0x000000ff000000ffu) * 0x0000271000000001u;
    const uint32_t number = (uint32_t)((left + right) >> 32);
    if (number > (uint32_t)how->largest) return 0;
    *result = (int32_t)number;
    return 1;
}

#if defined(__AVX512BW__) && defined(__AVX512VL__)
#define CMACHINE_GROUP 8
/// Eight numbers at `from`; bit n of the result is set when number n is written as expected.
static inline uint32_t cmachine_fixed_group(
    const uint8_t *text, const uint32_t *from, const uint32_t *to, uint32_t skip, const struct cmachine_fixed *how,
    int32_t *result) {
    const __m256i starts =
        _mm256_add_epi32(_mm256_loadu_si256((const __m256i *)from), _mm256_set1_epi32((int)skip));
    const __m256i stops = _mm256_loadu_si256((const __m256i *)to);
    const __m512i length = _mm512_cvtepu32_epi64(_mm256_sub_epi32(stops, starts));
    const uint8_t *base = text + skip;
    const __m512i words = _mm512_set_epi64(
        (long long)cmachine_word(base + from[7]), (long long)cmachine_word(base + from[6]),
        (long long)cmachine_word(base + from[5]), (long long)cmachine_word(base + from[4]),
        (long long)cmachine_word(base + from[3]), (long long)cmachine_word(base + from[2]),
        (long long)cmachine_word(base + from[1]), (long long)cmachine_word(base + from[0]));
    const __m512i ones = _mm512_set1_epi64(-1);
    const __m512i bits = _mm512_slli_epi64(length, 3);
    const __m512i digits = _mm512_and_si512(
        _mm512_xor_si512(words, _mm512_set1_epi8(0x30)),
        _mm512_srlv_epi64(ones, _mm512_sub_epi64(_mm512_set1_epi64(64), bits)));
    const __m512i whole = _mm512_sub_epi64(bits, _mm512_set1_epi64(8 + 8 * (long long)how->decimals));
    const __m512i behind = _mm512_srlv_epi64(digits, whole);
    const __m512i front = _mm512_andnot_si512(_mm512_sllv_epi64(ones, whole), digits);
    const __m512i back = _mm512_sllv_epi64(_mm512_srli_epi64(behind, 8), whole);
    const __m512i joined = _mm512_sllv_epi64(
        _mm512_or_si512(front, back), _mm512_sub_epi64(_mm512_set1_epi64(72), bits));
    const __mmask8 pointed = _mm512_cmpeq_epi64_mask(
        _mm512_and_si512(behind, _mm512_set1_epi64(0xff)), _mm512_set1_epi64(how->point ^ 0x30));
    const __mmask8 wrong = _mm512_test_epi64_mask(
        _mm512_or_si512(_mm512_add_epi64(joined, _mm512_set1_epi8(0x76)), joined), _mm512_set1_epi8((char)0x80));
    const __m512i pairs = _mm512_maddubs_epi16(joined, _mm512_set1_epi16(0x010a));
    const __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00010064));
    const __m512i number = _mm512_add_epi64(
        _mm512_mul_epu32(fours, _mm512_set1_epi64(10000)), _mm512_srli_epi64(fours, 32));
    const __mmask8 fits = _mm512_cmple_epi64_mask(number, _mm512_set1_epi64(how->largest));
    // 2 ... 8 bytes: one digit at least, and no more than a word.
    const __mmask8 sized = _mm512_cmple_epu64_mask(_mm512_sub_epi64(length, _mm512_set1_epi64(2)), _mm512_set1_epi64(6));
    const __mmask8 empty = _mm512_testn_epi64_mask(length, length);
    const __m512i all = _mm512_mask_mov_epi64(number, empty, _mm512_set1_epi64(how->missing));
    _mm256_storeu_si256((__m256i *)result, _mm512_cvtepi64_epi32(all));
    return (uint32_t)(uint8_t)((pointed & fits & sized & (__mmask8)~wrong) | empty);
}
#elif defined(__AVX2__)
#define CMACHINE_GROUP 4
/// As above, four at a time.
static inline uint32_t cmachine_fixed_group(
    const uint8_t *text, const uint32_t *from, const uint32_t *to, uint32_t skip, const struct cmachine_fixed *how,
    int32_t *result) {
    const __m128i starts = _mm_add_epi32(_mm_loadu_si128((const __m128i *)from), _mm_set1_epi32((int)skip));
    const __m128i stops = _mm_loadu_si128((const __m128i *)to);
    const __m256i length = _mm256_cvtepu32_epi64(_mm_sub_epi32(stops, starts));
    const uint8_t *base = text + skip;
    const __m256i words = _mm256_set_epi64x(
        (long long)cmachine_word(base + from[3]), (long long)cmachine_word(base + from[2]),
        (long long)cmachine_word(base + from[1]), (long long)cmachine_word(base + from[0]));
    const __m256i ones = _mm256_set1_epi64x(-1);
    const __m256i bits = _mm256_slli_epi64(length, 3);
    const __m256i digits = _mm256_and_si256(
        _mm256_xor_si256(words, _mm256_set1_epi8(0x30)),
        _mm256_srlv_epi64(ones, _mm256_sub_epi64(_mm256_set1_epi64x(64), bits)));
    const __m256i whole = _mm256_sub_epi64(bits, _mm256_set1_epi64x(8 + 8 * (long long)how->decimals));
    const __m256i behind = _mm256_srlv_epi64(digits, whole);
    const __m256i front = _mm256_andnot_si256(_mm256_sllv_epi64(ones, whole), digits);
    const __m256i back = _mm256_sllv_epi64(_mm256_srli_epi64(behind, 8), whole);
    const __m256i joined = _mm256_sllv_epi64(
        _mm256_or_si256(front, back), _mm256_sub_epi64(_mm256_set1_epi64x(72), bits));
    const __m256i pointed = _mm256_cmpeq_epi64(
        _mm256_and_si256(behind, _mm256_set1_epi64x(0xff)), _mm256_set1_epi64x(how->point ^ 0x30));
    const __m256i right = _mm256_cmpeq_epi64(
        _mm256_and_si256(
            _mm256_or_si256(_mm256_add_epi64(joined, _mm256_set1_epi8(0x76)), joined), _mm256_set1_epi8((char)0x80)),
        _mm256_setzero_si256());
    const __m256i pairs = _mm256_maddubs_epi16(joined, _mm256_set1_epi16(0x010a));
    const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00010064));
    const __m256i number = _mm256_add_epi64(
        _mm256_mul_epu32(fours, _mm256_set1_epi64x(10000)), _mm256_srli_epi64(fours, 32));
    const __m256i large = _mm256_cmpgt_epi64(number, _mm256_set1_epi64x(how->largest));
    const __m256i sized = _mm256_andnot_si256(
        _mm256_cmpgt_epi64(length, _mm256_set1_epi64x(8)), _mm256_cmpgt_epi64(length, _mm256_set1_epi64x(1)));
    const __m256i empty = _mm256_cmpeq_epi64(length, _mm256_setzero_si256());
    const __m256i all = _mm256_blendv_epi8(number, _mm256_set1_epi64x(how->missing), empty);
    const __m256i packed = _mm256_permutevar8x32_epi32(all, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6));
    _mm_storeu_si128((__m128i *)result, _mm256_castsi256_si128(packed));
    const __m256i good = _mm256_or_si256(
        _mm256_and_si256(_mm256_and_si256(pointed, sized), _mm256_andnot_si256(large, right)), empty);
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(good));
}
#else
#define CMACHINE_GROUP 4
static inline uint32_t cmachine_fixed_group(
    const uint8_t *text, const uint32_t *from, const uint32_t *to, uint32_t skip, const struct cmachine_fixed *how,
    int32_t *result) {
    uint32_t good = 0;
    for (uint32_t n = 0; n < CMACHINE_GROUP; n++)
        good |= (uint32_t)cmachine_fixed1(text, from[n] + skip, to[n], how, result + n) << n;
    return good;
}
#endif

#endif
