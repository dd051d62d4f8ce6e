// Readers of the live stream: each must get a run of messages once and in order. What they take of the processor is
// theirs, not the nodes'.
//
//   sse_readers PORT READERS FIRST MESSAGES SECONDS FILE
//
// All READERS follow GET /messages?from=FIRST on 127.0.0.1:PORT. "READY" is printed when all are answered. FILE gets,
// reader by reader, the CLOCK_MONOTONIC nanoseconds at which each message came, as 64-bit integers. Exits with 1 and a
// reason if not all came within SECONDS.
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096, READ_BYTES = 65536, READY_EVENTS = 64 };

struct reader {
  int socket, is_answered;
  long got;
  size_t length;
  char line[LINE_MAX_BYTES];
};

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void fail(const char *reason, long reader, const char *line) {
  fprintf(stderr, "reader %ld: %s: %s\n", reader, reason, line);
  exit(1);
}

int main(int count, char **arguments) {
  if (count != 7) {
    fprintf(stderr, "usage: sse_readers PORT READERS FIRST MESSAGES SECONDS FILE\n");
    return 64;
  }
  long readers = atol(arguments[2]), first = atol(arguments[3]), messages = atol(arguments[4]);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // 1.0, so that the body is not cut into chunks.
  char request[256];
  int request_length = snprintf(
      request, sizeof request,
      "GET /messages?from=%ld HTTP/1.0\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n", first);
  struct reader *all = calloc(readers, sizeof *all);
  int64_t *times = calloc(readers * messages, sizeof *times);
  int epoll = epoll_create1(0);
  for (long index = 0; index < readers; index++) {
    all[index].socket = socket(AF_INET, SOCK_STREAM, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = index};
    if (connect(all[index].socket, (struct sockaddr *)&address, sizeof address) != 0 ||
        write(all[index].socket, request, request_length) != request_length ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, all[index].socket, &event) != 0)
      fail("no connection", index, "");
  }

  long answered = 0, done = 0;
  int64_t end = now() + atol(arguments[5]) * 1000000000;
  static char bytes[READ_BYTES];
  struct epoll_event ready[READY_EVENTS];
  while (done < readers) {
    if (now() > end) fail("not all messages came in time", done, "");
    int ready_count = epoll_wait(epoll, ready, READY_EVENTS, 100);
    for (int slot = 0; slot < ready_count; slot++) {
      long index = ready[slot].data.u64;
      struct reader *reader = &all[index];
      ssize_t length = read(reader->socket, bytes, sizeof bytes);
      if (length <= 0) fail("the stream ended", index, "");
      int64_t time = now();
      for (char *byte = bytes; byte < bytes + length; byte++) {
        if (*byte != '\n') {
          if (reader->length < LINE_MAX_BYTES - 1) reader->line[reader->length++] = *byte;
          continue;
        }
        reader->line[reader->length] = 0;
        reader->length = 0;
        if (!reader->is_answered) {
          if (strstr(reader->line, " 200 ") == NULL) fail("not answered", index, reader->line);
          reader->is_answered = 1;
          if (++answered == readers) puts("READY"), fflush(stdout);
        } else if (strncmp(reader->line, "id: ", 4) == 0) {
          if (reader->got == messages || atol(reader->line + 4) != first + reader->got)
            fail("this message is not the next one", index, reader->line);
          times[index * messages + reader->got++] = time;
          if (reader->got == messages) done++;
        }
      }
    }
  }
  FILE *file = fopen(arguments[6], "wb");
  if (file == NULL || fwrite(times, sizeof *times, readers * messages, file) != (size_t)(readers * messages) ||
      fclose(file) != 0)
    fail("the file can't be written", 0, arguments[6]);
  return 0;
}
