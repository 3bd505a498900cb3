/* Helpers of Moon. */

/* The text of a float: `1.0`, `1e16`, `1.5e-7`, `inf`, `NaN`. */
M_UNUSED static m_str moon_float_text(const m_place *at, double a) {
    char out[64];
    int n = 0;
    if (a != a) return M_S("NaN", 3);
    if (signbit(a)) out[n++] = '-';
    if (isinf(a)) {
        memcpy(out + n, "inf", 3);
        return m_copy(at, out, (size_t)n + 3);
    }
    if (a == 0.0) {
        memcpy(out + n, "0.0", 3);
        return m_copy(at, out, (size_t)n + 3);
    }
    char digits[20];
    int point;
    int count = m_shortest(a, digits, &point);
    if (point < -3 || point > 16) {
        out[n++] = digits[0];
        if (count > 1) {
            out[n++] = '.';
            memcpy(out + n, digits + 1, (size_t)count - 1);
            n += count - 1;
        }
        n += snprintf(out + n, 8, "e%d", point - 1);
        return m_copy(at, out, (size_t)n);
    }
    if (point <= 0) {
        out[n++] = '0';
        out[n++] = '.';
        for (int i = point; i < 0; i++) out[n++] = '0';
        for (int i = 0; i < count; i++) out[n++] = digits[i];
        return m_copy(at, out, (size_t)n);
    }
    for (int i = 0; i < point || i < count; i++) {
        if (i == point) out[n++] = '.';
        out[n++] = i < count ? digits[i] : '0';
    }
    if (count <= point) {
        out[n++] = '.';
        out[n++] = '0';
    }
    return m_copy(at, out, (size_t)n);
}

M_FN m_str moon_str(m_str a) { return a; }

M_FN void moon_print_int(const m_place *at, int64_t a) { (void)at; printf("%" PRId64 "\n", a); }
M_FN void moon_print_float(const m_place *at, double a) { m_write_line(stdout, moon_float_text(at, a)); }
M_FN void moon_print_bool(const m_place *at, bool a) { (void)at; m_write_line(stdout, m_bool_text(a)); }
M_FN void moon_print_str(const m_place *at, m_str a) { (void)at; m_write_line(stdout, a); }
M_FN void moon_write_int(const m_place *at, int64_t a) { (void)at; printf("%" PRId64, a); }
M_FN void moon_write_float(const m_place *at, double a) { m_write(stdout, moon_float_text(at, a)); }
M_FN void moon_write_bool(const m_place *at, bool a) { (void)at; m_write(stdout, m_bool_text(a)); }
M_FN void moon_write_str(const m_place *at, m_str a) { (void)at; m_write(stdout, a); }
M_FN void moon_eprint_str(const m_place *at, m_str a) { (void)at; m_write_line(stderr, a); }

M_UNUSED static _Noreturn void moon_panic(const m_place *at, m_str message) { m_fail(at, message); }

M_FN void moon_assert(const m_place *at, bool holds, m_str message) {
    if (!holds) m_fail(at, message);
}

M_UNUSED static _Noreturn void moon_exit(int64_t status) {
    m_flush();
    exit((int)((uint64_t)status & 0xff));
}

/* Positions in texts count code points. */
M_FN bool moon_starts_char(m_str a, size_t at) { return ((unsigned char)a.bytes[at] & 0xc0) != 0x80; }

M_FN int64_t moon_len(m_str a) {
    int64_t count = 0;
    for (size_t i = 0; i < a.size; i++) count += moon_starts_char(a, i);
    return count;
}

/* Bytes before the code point of this number. */
M_UNUSED static size_t moon_offset(m_str a, int64_t number) {
    if (number <= 0) return 0;
    for (size_t i = 0; i < a.size; i++) {
        if (moon_starts_char(a, i) && number-- == 0) return i;
    }
    return a.size;
}

M_FN m_str moon_substr(m_str a, int64_t from, int64_t to) {
    size_t start = moon_offset(a, from), end = moon_offset(a, to);
    return end <= start ? M_S("", 0) : M_S(a.bytes + start, end - start);
}

M_UNUSED static m_str moon_char_at(const m_place *at, m_str a, int64_t number) {
    if (number < 0) m_fail(at, M_S("array index must be >= 0", 24));
    size_t start = moon_offset(a, number);
    if (start == a.size) m_fail(at, m_concat(at, M_S("index out of bounds: ", 21), m_int_text(at, number)));
    size_t end = start + 1;
    while (end < a.size && !moon_starts_char(a, end)) end++;
    return M_S(a.bytes + start, end - start);
}

M_UNUSED static int64_t moon_ord(const m_place *at, m_str a) {
    if (a.size == 0) m_fail(at, M_S("ord of empty string", 19));
    const unsigned char *p = (const unsigned char *)a.bytes;
    if (p[0] < 0x80) return p[0];
    if (p[0] < 0xe0) return (int64_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    if (p[0] < 0xf0) return (int64_t)(p[0] & 0x0f) << 12 | (int64_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    return (int64_t)(p[0] & 0x07) << 18 | (int64_t)(p[1] & 0x3f) << 12 | (int64_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
}

M_UNUSED static m_str moon_chr(const m_place *at, int64_t code) {
    if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        m_fail(at, m_concat(at, M_S("invalid code point: ", 20), m_int_text(at, code)));
    }
    char out[4];
    uint32_t c = (uint32_t)code;
    if (c < 0x80) {
        out[0] = (char)c;
        return m_copy(at, out, 1);
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    uint32_t lead = more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0;
    out[0] = (char)(unsigned char)(lead | c >> (6 * more));
    for (int i = 1; i <= more; i++) out[i] = (char)(unsigned char)(0x80 | (c >> (6 * (more - i)) & 0x3f));
    return m_copy(at, out, (size_t)more + 1);
}

M_FN int64_t moon_compare(m_str a, m_str b) { return m_compare(a, b); }

/* Offset of the first `b` in `a`; SIZE_MAX if there is none. */
M_UNUSED static size_t moon_search(m_str a, m_str b) {
    if (b.size == 0) return 0;
    for (size_t i = 0; i + b.size <= a.size; i++) {
        const char *found = memchr(a.bytes + i, b.bytes[0], a.size - b.size - i + 1);
        if (found == NULL) break;
        i = (size_t)(found - a.bytes);
        if (memcmp(found, b.bytes, b.size) == 0) return i;
    }
    return SIZE_MAX;
}

M_FN int64_t moon_find(m_str a, m_str b) {
    size_t found = moon_search(a, b);
    return found == SIZE_MAX ? -1 : moon_len(M_S(a.bytes, found));
}

M_FN bool moon_contains(m_str a, m_str b) { return moon_search(a, b) != SIZE_MAX; }

M_FN bool moon_starts_with(m_str a, m_str b) {
    return b.size <= a.size && m_compare(M_S(a.bytes, b.size), b) == 0;
}

M_FN bool moon_ends_with(m_str a, m_str b) {
    return b.size <= a.size && m_compare(M_S(a.bytes + (a.size - b.size), b.size), b) == 0;
}

M_FN int64_t moon_int(const m_place *at, double a) {
    double whole = trunc(a);
    if (!(whole >= -9223372036854775808.0 && whole < 9223372036854775808.0)) m_fail(at, M_S("float out of range", 18));
    return (int64_t)whole;
}

/* The smaller or greater of two; a NaN wins, and of two zeros the sign decides. */
M_FN double moon_fmin(double a, double b) {
    if (a != a || b != b) return a != a ? a : b;
    if (a == b) return signbit(a) ? a : b;
    return a < b ? a : b;
}

M_FN double moon_fmax(double a, double b) {
    if (a != a || b != b) return a != a ? a : b;
    if (a == b) return signbit(a) ? b : a;
    return a > b ? a : b;
}

