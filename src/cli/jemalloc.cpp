// jemalloc's settings, which it reads from this variable before main:
// - Huge pages if the system grants them on request.
// - Large blocks are kept like others, and no page is returned to the system until requested
//   (tise/base/memory.h). Networks ask for the same blocks over and over, and each would be mapped and
//   cleared again: a quarter to a half of the time of a full-size Mask R-CNN was spent in the kernel.
// - Small blocks may be cut from free blocks of any size. By default they are cut only from blocks of up to
//   64 times their size. With large and small blocks alternating and none returned, memory would grow with
//   every batch.

extern "C" const char* malloc_conf;
const char* malloc_conf =
    "thp:always,oversize_threshold:0,dirty_decay_ms:-1,muzzy_decay_ms:-1,lg_extent_max_active_fit:30";
