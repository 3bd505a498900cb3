sort([true])
