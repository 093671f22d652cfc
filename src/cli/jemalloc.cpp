// jemalloc's settings, which it reads from this variable before main: pages that a stage has no more use for
// go back to the system after a third of a second.

extern "C" const char* malloc_conf;
const char* malloc_conf = "dirty_decay_ms:300,muzzy_decay_ms:0";
