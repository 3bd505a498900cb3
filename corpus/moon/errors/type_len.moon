len(1)
