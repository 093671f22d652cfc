#pragma once

/// Goes before a function: compiles it, with everything it calls, for several vector widths; the program
/// picks one when it starts. Not for Clang, because Clang 14 does not support the two attributes together,
/// and not with the thread sanitizer, which is not ready yet when the choice is made.
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define TISE_FOR_EACH_VECTOR_WIDTH __attribute__((target_clones("avx512f", "avx2", "default"), flatten))
#else
#define TISE_FOR_EACH_VECTOR_WIDTH
#endif
