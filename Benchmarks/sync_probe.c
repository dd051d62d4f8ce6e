// What the disk itself needs: appends of 200 bytes to a file filled with zeros before, each with its fdatasync.
//
//   sync_probe FOLDER SECONDS      prints "RESULT appends seconds p50_us p99_us"; the file is gone afterwards
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { APPEND_BYTES = 200, FILE_BYTES = 16 << 20, APPENDS_MAX = FILE_BYTES / APPEND_BYTES };

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
  if (count != 3) {
    fprintf(stderr, "usage: sync_probe FOLDER SECONDS\n");
    return 64;
  }
  char path[4096], entry[APPEND_BYTES];
  memset(entry, 'x', sizeof entry);
  snprintf(path, sizeof path, "%s/sync-probe-%d", arguments[1], getpid());
  int file = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);
  if (file < 0) return fail(path);
  unlink(path);
  for (int done = 0; done < FILE_BYTES; done += (int)sizeof zeros)
    if (write(file, zeros, sizeof zeros) != (ssize_t)sizeof zeros) return fail("write");
  if (fsync(file) != 0) return fail("fsync");

  // Where it is allowed: what is measured is the disk, not who else wants the processor.
  struct sched_param priority = {.sched_priority = 1};
  (void)sched_setscheduler(0, SCHED_FIFO, &priority);

  double begin = now(), end = begin + atof(arguments[2]) * 1e6, time = begin;
  int appends = 0;
  while (time < end && appends < APPENDS_MAX) {
    if (pwrite(file, entry, sizeof entry, (off_t)appends * APPEND_BYTES) != (ssize_t)sizeof entry)
      return fail("pwrite");
    if (fdatasync(file) != 0) return fail("fdatasync");
    double after = now();
    microseconds[appends++] = after - time;
    time = after;
  }
  qsort(microseconds, (size_t)appends, sizeof *microseconds, ascending);
  printf("RESULT %d %f %f %f\n", appends, (time - begin) / 1e6, microseconds[appends / 2],
         microseconds[(int)(appends * 0.99)]);
  return 0;
}
