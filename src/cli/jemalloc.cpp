// jemalloc's settings, which it reads from this variable before main:
//   huge pages where the system lends them on request, and large blocks kept like others: networks ask for
//   the same ones over and over, and each would be mapped and cleared anew (a quarter of the time of
//   full-size Inception was the kernel's) pages that a stage has no more use for go back to the system after
//   a third of a second

extern "C" const char* malloc_conf;
const char* malloc_conf = "thp:always,oversize_threshold:0,dirty_decay_ms:300,muzzy_decay_ms:0";
