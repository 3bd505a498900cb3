
/* ---- run-time part: the same in every file ---- */

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__)
#define M_UNUSED __attribute__((unused))
#define M_HERE ((uintptr_t)__builtin_frame_address(0))
#else
#define M_UNUSED
#define M_HERE m_address()
#endif
#define M_FN static inline M_UNUSED

/* Floats are binary64 and are rounded after every operation. */
_Static_assert(FLT_EVAL_METHOD == 0 && DBL_MANT_DIG == 53 && FLT_MANT_DIG == 24, "binary64 and binary32 arithmetic");
_Static_assert((int64_t)UINT64_MAX == -1 && (INT64_C(-2) >> 1) == -1, "two's complement and arithmetic shifts");

/* Bytes of the C stack that calls may use. */
#ifndef MOTET_STACK
#define MOTET_STACK (6u << 20)
#endif

/* Text: immutable UTF-8, not terminated. */
typedef struct { const char *bytes; size_t size; } m_str;
#define M_S(text, size) ((m_str){(text), (size)})

/* Where in the program something is. */
typedef struct { const char *file; uint32_t line; uint32_t column; const char *text; uint32_t pad; uint32_t carets; } m_place;

static uintptr_t m_stack_base;

M_FN void m_flush(void) { fflush(stdout); }

/* Ends the program with a run-time error. */
M_UNUSED static _Noreturn void m_fail(const m_place *at, m_str message) {
    fflush(stdout);
    if (at != NULL) fprintf(stderr, "%s:%" PRIu32 ":%" PRIu32 ": ", at->file, at->line, at->column);
    fputs(M_ERROR_WORD, stderr);
    fwrite(message.bytes, 1, message.size, stderr);
    fputc('\n', stderr);
    if (M_EXCERPT && at != NULL && at->text != NULL) {
        fprintf(stderr, "%s\n", at->text);
        for (uint32_t i = 0; i < at->pad; i++) fputc(' ', stderr);
        for (uint32_t i = 0; i < at->carets; i++) fputc('^', stderr);
        fputc('\n', stderr);
    }
    exit(M_STATUS);
}

/* Control never gets here. */
M_UNUSED static _Noreturn void m_unreachable(void) { abort(); }

#if !defined(__GNUC__)
static uintptr_t m_address(void) {
    volatile char here = 0;
    return (uintptr_t)&here;
}
#endif

M_FN void m_start(void) { m_stack_base = M_HERE; }

M_FN void m_look_at_stack(const m_place *at) {
    uintptr_t here = M_HERE;
    uintptr_t used = here < m_stack_base ? m_stack_base - here : here - m_stack_base;
    if (used > MOTET_STACK) m_fail(at, M_STACK_OVERFLOW);
}

/* Integers: 64 bits, wrapping. */
M_FN int64_t m_add(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
M_FN int64_t m_sub(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b); }
M_FN int64_t m_mul(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }
M_FN int64_t m_neg(int64_t a) { return (int64_t)(0 - (uint64_t)a); }
M_FN int64_t m_inv(int64_t a) { return (int64_t)~(uint64_t)a; }
M_FN int64_t m_and(int64_t a, int64_t b) { return (int64_t)((uint64_t)a & (uint64_t)b); }
M_FN int64_t m_or(int64_t a, int64_t b) { return (int64_t)((uint64_t)a | (uint64_t)b); }
M_FN int64_t m_xor(int64_t a, int64_t b) { return (int64_t)((uint64_t)a ^ (uint64_t)b); }
M_FN int64_t m_shl(int64_t a, int64_t b) { return (int64_t)((uint64_t)a << ((uint64_t)b & 63)); }
M_FN int64_t m_shr(int64_t a, int64_t b) { return a >> ((uint64_t)b & 63); }
M_FN int64_t m_ushr(int64_t a, int64_t b) { return (int64_t)((uint64_t)a >> ((uint64_t)b & 63)); }
M_FN bool m_eq(int64_t a, int64_t b) { return a == b; }
M_FN bool m_ne(int64_t a, int64_t b) { return a != b; }
M_FN bool m_lt(int64_t a, int64_t b) { return a < b; }
M_FN bool m_le(int64_t a, int64_t b) { return a <= b; }
M_FN bool m_gt(int64_t a, int64_t b) { return a > b; }
M_FN bool m_ge(int64_t a, int64_t b) { return a >= b; }
M_FN bool m_beq(bool a, bool b) { return a == b; }
M_FN bool m_same(const void *a, const void *b) { return a == b; }
M_FN int64_t m_iabs(int64_t a) { return a < 0 ? m_neg(a) : a; }
M_FN int64_t m_imin(int64_t a, int64_t b) { return a < b ? a : b; }
M_FN int64_t m_imax(int64_t a, int64_t b) { return a > b ? a : b; }

M_FN int64_t m_div(const m_place *at, int64_t a, int64_t b) {
    if (b == 0) m_fail(at, M_DIVISION_BY_ZERO);
    if (b == -1) {
#ifdef M_DIVISION_OVERFLOW
        if (a == INT64_MIN) m_fail(at, M_DIVISION_OVERFLOW);
#endif
        return m_neg(a);
    }
    return a / b;
}

M_FN int64_t m_rem(const m_place *at, int64_t a, int64_t b) {
    if (b == 0) m_fail(at, M_REMAINDER_BY_ZERO);
    if (b == -1) {
#ifdef M_REMAINDER_OVERFLOW
        if (a == INT64_MIN) m_fail(at, M_REMAINDER_OVERFLOW);
#endif
        return 0;
    }
    return a % b;
}

/* Floats: binary64. Compile with -ffp-contract=off where that is not the default of -std=c11. */
M_FN double m_fadd(double a, double b) { return a + b; }
M_FN double m_fsub(double a, double b) { return a - b; }
M_FN double m_fmul(double a, double b) { return a * b; }
M_FN double m_fdiv(double a, double b) { return a / b; }
M_FN double m_frem(double a, double b) { return fmod(a, b); }
M_FN double m_fneg(double a) { return -a; }
M_FN bool m_feq(double a, double b) { return a == b; }
M_FN bool m_fne(double a, double b) { return a != b; }
M_FN bool m_flt(double a, double b) { return a < b; }
M_FN bool m_fle(double a, double b) { return a <= b; }
M_FN bool m_fgt(double a, double b) { return a > b; }
M_FN bool m_fge(double a, double b) { return a >= b; }
M_FN double m_to_float(int64_t a) { return (double)a; }

/* Toward zero; the nearest integer beyond the range; 0 for NaN. */
M_FN int64_t m_to_int(double a) {
    if (a != a) return 0;
    if (a >= 9223372036854775808.0) return INT64_MAX;
    if (a < -9223372036854775808.0) return INT64_MIN;
    return (int64_t)a;
}

/* To the nearest binary32 number. The conversion itself is defined within its range only. */
M_FN double m_to_float32(double a) {
    double size = fabs(a);
    if (size > FLT_MAX) return copysign(size < 0x1.ffffffp127 ? (double)FLT_MAX : (double)INFINITY, a);
    return (double)(float)a;
}

/* Memory: one arena, which grows until the program ends. */
typedef struct m_chunk { struct m_chunk *before; } m_chunk;
static m_chunk *m_chunks;
static char *m_top, *m_end;

M_UNUSED static void *m_alloc(const m_place *at, size_t size) {
    if (size > PTRDIFF_MAX / 2) m_fail(at, M_OUT_OF_MEMORY);
    size_t whole = (size + 15) & ~(size_t)15;
    if ((size_t)(m_end - m_top) < whole) {
        size_t room = whole > (1u << 20) ? whole : (1u << 20);
        m_chunk *chunk = malloc(room + 16);
        if (chunk == NULL) m_fail(at, M_OUT_OF_MEMORY);
        chunk->before = m_chunks;
        m_chunks = chunk;
        m_top = (char *)chunk + 16;
        m_end = m_top + room;
    }
    void *made = m_top;
    m_top += whole;
    return made;
}

/* Texts that were made last by joining, each with the room behind it: adding to their ends costs what is added. */
typedef struct { const char *end; char *next; size_t room; } m_growing;
static m_growing m_growths[8];
static unsigned m_oldest;

M_UNUSED static char *m_text(const m_place *at, size_t size) {
    char *made = m_alloc(at, size * 2);
    m_growths[m_oldest & 7] = (m_growing){made + size, made + size, size};
    m_oldest++;
    return made;
}

M_UNUSED static m_str m_concat(const m_place *at, m_str a, m_str b) {
    if (b.size == 0) return a;
    if (a.size == 0) return b;
    if (a.size > PTRDIFF_MAX / 8 || b.size > PTRDIFF_MAX / 8) m_fail(at, M_OUT_OF_MEMORY);
    for (unsigned i = 0; i < 8; i++) {
        m_growing *g = &m_growths[i];
        if (a.bytes + a.size != g->end || g->room < b.size) continue;
        /* Nobody sees the bytes behind a text, so they may be written. */
        memcpy(g->next, b.bytes, b.size);
        g->next += b.size;
        g->end = g->next;
        g->room -= b.size;
        return M_S(a.bytes, a.size + b.size);
    }
    char *made = m_text(at, a.size + b.size);
    memcpy(made, a.bytes, a.size);
    memcpy(made + a.size, b.bytes, b.size);
    return M_S(made, a.size + b.size);
}

M_UNUSED static m_str m_join(const m_place *at, size_t count, const m_str *parts) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > PTRDIFF_MAX / 8 - size) m_fail(at, M_OUT_OF_MEMORY);
        size += parts[i].size;
    }
    if (size == 0) return M_S("", 0);
    char *made = m_text(at, size);
    char *to = made;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size != 0) memcpy(to, parts[i].bytes, parts[i].size);
        to += parts[i].size;
    }
    return M_S(made, size);
}

/* Order by bytes, which is that by code points. */
M_FN int m_compare(m_str a, m_str b) {
    size_t both = a.size < b.size ? a.size : b.size;
    int order = both == 0 ? 0 : memcmp(a.bytes, b.bytes, both);
    if (order != 0) return order;
    return a.size < b.size ? -1 : a.size > b.size ? 1 : 0;
}

M_UNUSED static m_str m_copy(const m_place *at, const char *bytes, size_t size) {
    if (size == 0) return M_S("", 0);
    char *made = m_alloc(at, size);
    memcpy(made, bytes, size);
    return M_S(made, size);
}

M_UNUSED static m_str m_int_text(const m_place *at, int64_t a) {
    char text[24];
    char *first = text + sizeof text;
    uint64_t left = a < 0 ? 0 - (uint64_t)a : (uint64_t)a;
    do {
        *--first = (char)('0' + left % 10);
        left /= 10;
    } while (left != 0);
    if (a < 0) *--first = '-';
    return m_copy(at, first, (size_t)(text + sizeof text - first));
}

M_FN m_str m_bool_text(bool a) { return a ? M_S("true", 4) : M_S("false", 5); }

M_FN void m_write(FILE *to, m_str text) {
    if (text.size != 0) fwrite(text.bytes, 1, text.size, to);
}

M_FN void m_write_line(FILE *to, m_str text) {
    m_write(to, text);
    fputc('\n', to);
}

/* The fewest digits that read back as `a` (finite, not 0), without sign; of several such numbers the nearest.
   Gives the count; the value is 0.DIGITS times 10 to the power of `*exponent`. */
M_UNUSED static int m_shortest(double a, char digits[20], int *exponent) {
    a = fabs(a);
    int binary;
    bool lopsided = frexp(a, &binary) == 0.5;
    for (int count = 1; count <= 17; count++) {
        char text[40];
        snprintf(text, sizeof text, "%.*e", count - 1, a);
        for (int nudge = 0; nudge < (lopsided ? 2 : 1); nudge++) {
            char *power = strchr(text, 'e');
            if (nudge == 1) {
                /* Below a power of two floats are denser than above: the next number up may do where this one does not. */
                char *digit = power - 1;
                while (digit >= text && (*digit == '9' || *digit == '.')) {
                    if (*digit == '9') *digit = '0';
                    digit--;
                }
                if (digit < text) break;
                *digit = (char)(*digit + 1);
            }
            if (strtod(text, NULL) != a) continue;
            int n = 0;
            for (char *p = text; p < power; p++) {
                if (*p != '.') digits[n++] = *p;
            }
            while (n > 1 && digits[n - 1] == '0') n--;
            digits[n] = '\0';
            *exponent = atoi(power + 1) + 1;
            return n;
        }
    }
    m_unreachable();
}

/* ---- helpers of the language ---- */

