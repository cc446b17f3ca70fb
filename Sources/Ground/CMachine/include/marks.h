#ifndef CMACHINE_MARKS_H
#define CMACHINE_MARKS_H

#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// Where 64 bytes of a separated text have something to stop at; bit n is byte n.
struct cmachine_marks {
    /// Separators and line feeds.
    uint64_t ends;
    /// Line feeds alone.
    uint64_t lines;
    /// Quotes, bytes above 0x7f and control characters, without those that are in `ends`.
    uint64_t odd;
};

/// Reads 64 bytes at `bytes`.
static inline struct cmachine_marks cmachine_marks64(const uint8_t *bytes, uint8_t separator) {
    struct cmachine_marks marks = {0, 0, 0};
#if defined(__AVX512BW__)
    const __m512i text = _mm512_loadu_si512((const void *)bytes);
    marks.lines = _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8('\n'));
    marks.ends = marks.lines | _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8((char)separator));
    // Signed: bytes above 0x7f are below a blank, too.
    marks.odd = _mm512_cmplt_epi8_mask(text, _mm512_set1_epi8(' '))
        | _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8('"'));
#elif defined(__AVX2__)
    const __m256i wanted = _mm256_set1_epi8((char)separator);
    const __m256i feed = _mm256_set1_epi8('\n');
    const __m256i quote = _mm256_set1_epi8('"');
    const __m256i blank = _mm256_set1_epi8(' ');
    uint64_t separators = 0;
    for (int part = 0; part < 2; part++) {
        const __m256i text = _mm256_loadu_si256((const __m256i *)(bytes + 32 * part));
        const __m256i line = _mm256_cmpeq_epi8(text, feed);
        const __m256i strange = _mm256_or_si256(_mm256_cmpgt_epi8(blank, text), _mm256_cmpeq_epi8(text, quote));
        separators |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(text, wanted)) << (32 * part);
        marks.lines |= (uint64_t)(uint32_t)_mm256_movemask_epi8(line) << (32 * part);
        marks.odd |= (uint64_t)(uint32_t)_mm256_movemask_epi8(strange) << (32 * part);
    }
    marks.ends = separators | marks.lines;
#elif defined(__SSE2__)
    const __m128i wanted = _mm_set1_epi8((char)separator);
    const __m128i feed = _mm_set1_epi8('\n');
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i blank = _mm_set1_epi8(' ');
    uint64_t separators = 0;
    for (int part = 0; part < 4; part++) {
        const __m128i text = _mm_loadu_si128((const __m128i *)(bytes + 16 * part));
        const __m128i line = _mm_cmpeq_epi8(text, feed);
        // Signed: bytes above 0x7f are below a blank, too.
        const __m128i strange = _mm_or_si128(_mm_cmplt_epi8(text, blank), _mm_cmpeq_epi8(text, quote));
        separators |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(text, wanted)) << (16 * part);
        marks.lines |= (uint64_t)(uint32_t)_mm_movemask_epi8(line) << (16 * part);
        marks.odd |= (uint64_t)(uint32_t)_mm_movemask_epi8(strange) << (16 * part);
    }
    marks.ends = separators | marks.lines;
#else
    for (int place = 0; place < 64; place++) {
        const uint8_t byte = bytes[place];
        const uint64_t bit = (uint64_t)1 << place;
        if (byte == '\n') marks.lines |= bit;
        if (byte == '\n' || byte == separator) marks.ends |= bit;
        if (byte < ' ' || byte > 0x7f || byte == '"') marks.odd |= bit;
    }
#endif
    marks.odd &= ~marks.ends;
    return marks;
}

#if defined(__AVX512BW__)
/// Writes `base` plus the place of each bit that is set, and up to 16 words more that mean nothing.
static inline void cmachine_places(uint64_t bits, uint32_t base, uint32_t *target) {
    const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    __m512i place = _mm512_add_epi32(lanes, _mm512_set1_epi32((int)base));
    for (int part = 0; part < 4; part++) {
        const __mmask16 some = (__mmask16)(bits >> (16 * part));
        _mm512_storeu_si512((void *)target, _mm512_maskz_compress_epi32(some, place));
        target += _mm_popcnt_u32(some);
        place = _mm512_add_epi32(place, _mm512_set1_epi32(16));
    }
}
#endif

/// Place of the lowest bit that is set; anything for 0.
static inline uint32_t cmachine_lowest(uint64_t bits) {
#if defined(__BMI__)
    return (uint32_t)_tzcnt_u64(bits);
#elif defined(__x86_64__)
    // Written as `rep bsf`: without the question whether the word is 0, which costs a branch on the oldest level.
    uint64_t place = 0;
    __asm__("rep bsfq %1, %0" : "+r"(place) : "r"(bits) : "cc");
    return (uint32_t)place;
#else
    return bits ? (uint32_t)__builtin_ctzll(bits) : 0;
#endif
}

#endif
