// jemalloc's settings, which it reads from this variable before main:
//   huge pages where the system lends them on request, large blocks kept like others, and no page given back
//   to the system until it is told to (tise/base/memory.h): networks ask for the same blocks over and over,
//   and each would be mapped and cleared anew (a quarter to a half of the time of a full-size Mask R-CNN was
//   the kernel's); small blocks may be cut from free ones of any size: as it is, from those of up to 64 times
//   their own, so that where large and small ones take turns and none is given back, memory grows with every
//   batch

extern "C" const char* malloc_conf;
const char* malloc_conf =
    "thp:always,oversize_threshold:0,dirty_decay_ms:-1,muzzy_decay_ms:-1,lg_extent_max_active_fit:30";
