!5 || true
