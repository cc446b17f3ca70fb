#ifndef CMACHINE_CALLS_H
#define CMACHINE_CALLS_H

/// pipe2(2) with O_CLOEXEC, which the Glibc module does not show: without it a child started by another thread in between
/// would inherit the ends, and the reader would wait for that child too.
int cmachine_pipe(int ends[2]);

#endif
