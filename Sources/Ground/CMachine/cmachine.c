#define _GNU_SOURCE
#include "calls.h"
#include "kernels.h"

#include <fcntl.h>
#include <unistd.h>

int cmachine_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
