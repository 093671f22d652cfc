#pragma once

/// Before a function: it is compiled for several widths of vectors, with all that it calls; the program picks
/// one when it starts. Clang 14 knows no such pair of attributes, and the choice comes before the thread
/// sanitizer is ready for it.
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define TISE_FOR_EACH_VECTOR_WIDTH __attribute__((target_clones("avx512f", "avx2", "default"), flatten))
#else
#define TISE_FOR_EACH_VECTOR_WIDTH
#endif
