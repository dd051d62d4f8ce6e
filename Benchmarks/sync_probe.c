// What the disk itself needs: appends of so many bytes to a file filled with zeros before, each with its fdatasync.
//
//   sync_probe FOLDER SECONDS [BYTES]     200 bytes unless said; the file is gone afterwards
//
// Prints "READY", waits for a line of input, and prints "RESULT appends seconds p50_us p99_us".
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { APPENDS_MAX = 1 << 20, APPEND_BYTES_MAX = 64 << 20, FILE_BYTES_MIN = 16 << 20, FILE_BYTES_MAX = 256 << 20 };

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

int main(int count, char **arguments) {
  size_t bytes = count == 4 ? strtoul(arguments[3], NULL, 10) : 200;
  if ((count != 3 && count != 4) || bytes < 1 || bytes > APPEND_BYTES_MAX) {
    fprintf(stderr, "usage: sync_probe FOLDER SECONDS [BYTES]\n");
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
  while (time < end && appends < APPENDS_MAX) {
    if (pwrite(file, entry, bytes, (off_t)(appends % slots * bytes)) != (ssize_t)bytes) return fail("pwrite");
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
