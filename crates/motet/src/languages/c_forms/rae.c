/* Helpers of Rae. */

/* The text of a float: six significant digits; the sign of a NaN shows. */
M_UNUSED static m_str rae_float_text(const m_place *at, double a) {
    if (a != a) return signbit(a) ? M_S("-nan", 4) : M_S("nan", 3);
    char out[40];
    int size = snprintf(out, sizeof out, "%g", a);
    return m_copy(at, out, (size_t)size);
}

M_FN m_str rae_str(m_str a) { return a; }

M_FN void rae_log_int(const m_place *at, int64_t a) { (void)at; printf("%" PRId64 "\n", a); }
M_FN void rae_log_float(const m_place *at, double a) { m_write_line(stdout, rae_float_text(at, a)); }
M_FN void rae_log_bool(const m_place *at, bool a) { (void)at; m_write_line(stdout, m_bool_text(a)); }
M_FN void rae_log_str(const m_place *at, m_str a) { (void)at; m_write_line(stdout, a); }
M_FN void rae_log_s_int(const m_place *at, int64_t a) { (void)at; printf("%" PRId64, a); }
M_FN void rae_log_s_float(const m_place *at, double a) { m_write(stdout, rae_float_text(at, a)); }
M_FN void rae_log_s_bool(const m_place *at, bool a) { (void)at; m_write(stdout, m_bool_text(a)); }
M_FN void rae_log_s_str(const m_place *at, m_str a) { (void)at; m_write(stdout, a); }

M_FN double rae_sqrt(double a) { return m_to_float32(sqrt(a)); }

M_UNUSED static _Noreturn void rae_exit(int64_t status) {
    m_flush();
    exit((int)((uint64_t)status & 0xff));
}

