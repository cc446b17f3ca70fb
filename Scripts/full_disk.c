// Loaded before the program: from the Nth write under FULL_DISK_UNDER onward the disk is full. Counts in one process only (the
// one that FULL_DISK_AT is given to; children inherit nothing), so that the same N is the same write each time.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static long failing_at = -1;
static char under[4096];
static atomic_long seen;

__attribute__((constructor)) static void begin(void) {
    const char *at = getenv("FULL_DISK_AT"), *place = getenv("FULL_DISK_UNDER");
    if (!at || !place) return;
    failing_at = atol(at);
    snprintf(under, sizeof under, "%s", place);
    unsetenv("FULL_DISK_AT");
}

__attribute__((destructor)) static void end(void) {
    const char *count = getenv("FULL_DISK_COUNT");
    if (failing_at < 0 || !count) return;
    FILE *out = fopen(count, "w");
    if (out) { fprintf(out, "%ld\n", atomic_load(&seen)); fclose(out); }
}

static int is_full(int file) {
    if (failing_at < 0) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    // Shared memory of SQLite's WAL is mapped, not written; it is reached by ftruncate and write alike.
    if (strncmp(path, under, strlen(under)) != 0) return 0;
    long number = atomic_fetch_add(&seen, 1) + 1;
    if (failing_at == 0 || number < failing_at) return 0;
    errno = ENOSPC;
    return 1;
}

#define real(name, type) static __typeof__(type) *next; if (!next) next = (__typeof__(type) *)dlsym(RTLD_NEXT, name)

ssize_t write(int file, const void *bytes, size_t count) {
    real("write", ssize_t (int, const void *, size_t));
    return is_full(file) ? -1 : next(file, bytes, count);
}
ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
    real("pwrite", ssize_t (int, const void *, size_t, off_t));
    return is_full(file) ? -1 : next(file, bytes, count, at);
}
ssize_t pwrite64(int file, const void *bytes, size_t count, off_t at) {
    real("pwrite64", ssize_t (int, const void *, size_t, off_t));
    return is_full(file) ? -1 : next(file, bytes, count, at);
}
ssize_t writev(int file, const struct iovec *parts, int count) {
    real("writev", ssize_t (int, const struct iovec *, int));
    return is_full(file) ? -1 : next(file, parts, count);
}
int ftruncate(int file, off_t length) {
    real("ftruncate", int (int, off_t));
    struct stat now;
    int grows = fstat(file, &now) == 0 && length > now.st_size;
    return grows && is_full(file) ? -1 : next(file, length);
}
int ftruncate64(int file, off_t length) {
    real("ftruncate64", int (int, off_t));
    struct stat now;
    int grows = fstat(file, &now) == 0 && length > now.st_size;
    return grows && is_full(file) ? -1 : next(file, length);
}
int fallocate(int file, int mode, off_t at, off_t length) {
    real("fallocate", int (int, int, off_t, off_t));
    return is_full(file) ? -1 : next(file, mode, at, length);
}
int fsync(int file) {
    real("fsync", int (int));
    return is_full(file) ? -1 : next(file);
}
int fdatasync(int file) {
    real("fdatasync", int (int));
    return is_full(file) ? -1 : next(file);
}
