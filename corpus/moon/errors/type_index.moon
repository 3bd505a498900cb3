[1][true]
