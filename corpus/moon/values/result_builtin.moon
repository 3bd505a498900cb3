gc
