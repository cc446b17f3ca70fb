#ifndef CMACHINE_KERNELS_H
#define CMACHINE_KERNELS_H

/// Highest x86-64 level that both the processor and the operating system support, as far as the kernels care:
/// 4, 3 or 1. Always 1 on other architectures.
static inline int cmachine_kernel_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return 4;
    if (__builtin_cpu_supports("x86-64-v3")) return 3;
#endif
    return 1;
}

#endif
