// What the disk itself needs: writes of so many bytes one after another, each with its fdatasync.
//
//   sync_probe FOLDER SECONDS [BYTES [grow]]     200 bytes unless said; the file is gone afterwards
//
// The file is filled with zeros before and written again and again, so that it stays in memory. With `grow` it grows as a log does:
// each write takes new space, reserved in pieces, and what was written long ago leaves the memory.
//
// Prints "READY", waits for a line of input, and prints "RESULT appends seconds p50_us p99_us".
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { APPENDS_MAX = 1 << 20, APPEND_BYTES_MAX = 64 << 20, FILE_BYTES_MIN = 16 << 20, FILE_BYTES_MAX = 256 << 20 };
// How the log takes space, and how much of what it wrote it leaves in memory.
enum { PIECE_BYTES = 16 << 20, CACHED_BYTES = 256 << 20 };

static double microseconds[APPENDS_MAX];
static char zeros[1 << 20];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int fail(const char *what) {
  perror(what);
  return 1;
}

// A file that grows: space for the next write is reserved, and what is far behind leaves the memory.
static int make_way(int file, off_t position, size_t bytes, off_t *reserved) {
  while (position + (off_t)bytes > *reserved) {
    if (fallocate(file, 0, *reserved, PIECE_BYTES) != 0) return -1;
    *reserved += PIECE_BYTES;
    if (*reserved > CACHED_BYTES) posix_fadvise(file, 0, *reserved - CACHED_BYTES, POSIX_FADV_DONTNEED);
  }
  return 0;
}

int main(int count, char **arguments) {
  size_t bytes = count >= 4 ? strtoul(arguments[3], NULL, 10) : 200;
  int grows = count == 5 && strcmp(arguments[4], "grow") == 0;
  if (count < 3 || count > 5 || (count == 5 && !grows) || bytes < 1 || bytes > APPEND_BYTES_MAX) {
    fprintf(stderr, "usage: sync_probe FOLDER SECONDS [BYTES [grow]]\n");
    return 64;
  }
  char path[4096], *entry = malloc(bytes);
  memset(entry, 'x', bytes);
  snprintf(path, sizeof path, "%s/sync-probe-%d", arguments[1], getpid());
  int file = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);
  if (file < 0) return fail(path);
  unlink(path);
  // Large appends come to the end of the file sooner, and begin again at its start.
  size_t file_bytes = bytes * 1000;
  if (file_bytes < FILE_BYTES_MIN) file_bytes = FILE_BYTES_MIN;
  if (file_bytes > FILE_BYTES_MAX) file_bytes = FILE_BYTES_MAX;
  for (size_t done = 0; done < file_bytes; done += sizeof zeros)
    if (write(file, zeros, sizeof zeros) != (ssize_t)sizeof zeros) return fail("write");
  if (fsync(file) != 0) return fail("fsync");

  // Where it is allowed: what is measured is the disk, not who else wants the processor.
  struct sched_param priority = {.sched_priority = 1};
  (void)sched_setscheduler(0, SCHED_FIFO, &priority);

  // Several probes are made ready first, so that they write at the same time.
  puts("READY"), fflush(stdout);
  (void)getchar();
  double begin = now(), end = begin + atof(arguments[2]) * 1e6, time = begin;
  size_t slots = file_bytes / bytes, appends = 0;
  off_t reserved = (off_t)file_bytes;
  while (time < end && appends < APPENDS_MAX) {
    off_t position = (off_t)(grows ? file_bytes + appends * bytes : appends % slots * bytes);
    if (grows && make_way(file, position, bytes, &reserved) != 0) return fail("fallocate");
    if (pwrite(file, entry, bytes, position) != (ssize_t)bytes) return fail("pwrite");
    if (fdatasync(file) != 0) return fail("fdatasync");
    double after = now();
    microseconds[appends++] = after - time;
    time = after;
  }
  qsort(microseconds, appends, sizeof *microseconds, ascending);
  printf("RESULT %zu %f %f %f\n", appends, (time - begin) / 1e6, microseconds[appends / 2],
         microseconds[(size_t)((double)appends * 0.99)]);
  return 0;
}
