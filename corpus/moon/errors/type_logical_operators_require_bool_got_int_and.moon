5 || true
