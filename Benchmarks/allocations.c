// Counts what a program allocates, preloaded into it: the calls so far, as a 64-bit number in the file $ALLOCATIONS.
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);

static atomic_ulong before_start, *calls = &before_start;

static void count(void) { atomic_fetch_add_explicit(calls, 1, memory_order_relaxed); }

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("ALLOCATIONS");
  int file = path == NULL ? -1 : open(path, O_CREAT | O_RDWR, 0600);
  if (file < 0 || ftruncate(file, sizeof *calls) != 0) return;
  void *shared = mmap(NULL, sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (shared != MAP_FAILED) calls = shared;
  close(file);
}

void *malloc(size_t bytes) { return count(), __libc_malloc(bytes); }
void *calloc(size_t members, size_t bytes) { return count(), __libc_calloc(members, bytes); }
void *realloc(void *old, size_t bytes) { return count(), __libc_realloc(old, bytes); }
void *memalign(size_t alignment, size_t bytes) { return count(), __libc_memalign(alignment, bytes); }
void *aligned_alloc(size_t alignment, size_t bytes) { return count(), __libc_memalign(alignment, bytes); }
int posix_memalign(void **result, size_t alignment, size_t bytes) {
  *result = memalign(alignment, bytes);
  return *result == NULL ? ENOMEM : 0;
}
