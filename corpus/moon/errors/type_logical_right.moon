true || 1
