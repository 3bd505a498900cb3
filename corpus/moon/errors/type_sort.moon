sort([true]);
