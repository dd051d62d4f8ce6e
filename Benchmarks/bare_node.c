// The ceiling of one node: libmicrohttpd with nothing behind it. Reads a POST's body and answers the fixed JSON of
// /add; answers a GET with the bytes of a file, from memory.
//
//   bare_node PORT [FILE]        one epoll thread, until SIGTERM
#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static char answer[] = "{\"status_code\":200,\"message\":\"Message added successfully\",\"data\":null}";
static struct MHD_Response *added, *read_all;

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **request) {
  static char begun;
  (void)context, (void)url, (void)version, (void)upload;
  if (*request == NULL) {
    *request = &begun;
    return MHD_YES;
  }
  if (*upload_size > 0) {
    *upload_size = 0;
    return MHD_YES;
  }
  return MHD_queue_response(connection, MHD_HTTP_OK, method[0] == 'G' ? read_all : added);
}

static struct MHD_Response *json(char *bytes, size_t length) {
  struct MHD_Response *response = MHD_create_response_from_buffer(length, bytes, MHD_RESPMEM_PERSISTENT);
  MHD_add_response_header(response, "Content-Type", "application/json");
  return response;
}

// The response of a GET, all of it in memory before the first request.
static struct MHD_Response *contents(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) return NULL;
  char *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  return bytes == MAP_FAILED ? NULL : json(bytes, (size_t)status.st_size);
}

int main(int count, char **arguments) {
  if (count != 2 && count != 3) {
    fprintf(stderr, "usage: bare_node PORT [FILE]\n");
    return 64;
  }
  sigset_t stopping;
  sigemptyset(&stopping);
  sigaddset(&stopping, SIGTERM);
  sigaddset(&stopping, SIGINT);
  sigprocmask(SIG_BLOCK, &stopping, NULL);
  added = json(answer, strlen(answer));
  read_all = count == 3 ? contents(arguments[2]) : added;
  if (read_all == NULL) {
    perror(arguments[2]);
    return 1;
  }
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  struct MHD_Daemon *daemon =
      MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO, 0, NULL, NULL, handle, NULL,
                       MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
  if (daemon == NULL) {
    perror("bare_node");
    return 1;
  }
  int received;
  sigwait(&stopping, &received);
  MHD_stop_daemon(daemon);
  return 0;
}
