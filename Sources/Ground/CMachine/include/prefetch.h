#ifndef CMACHINE_PREFETCH_H
#define CMACHINE_PREFETCH_H

/// Asks for the cache line at an address that will be read soon; any address is harmless.
static inline void cmachine_prefetch(const void *address) { __builtin_prefetch(address); }

#endif
