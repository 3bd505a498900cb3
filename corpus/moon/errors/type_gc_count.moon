gc(1)
