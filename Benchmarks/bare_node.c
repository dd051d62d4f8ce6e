// The ceiling of one node: libmicrohttpd with nothing behind it. Reads a POST's body and answers the fixed JSON of /add.
//
//   bare_node PORT        one epoll thread, until SIGTERM
#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char answer[] = "{\"status_code\":200,\"message\":\"Message added successfully\",\"data\":null}";
static struct MHD_Response *response;

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **request) {
  static char begun;
  (void)context, (void)url, (void)method, (void)version, (void)upload;
  if (*request == NULL) {
    *request = &begun;
    return MHD_YES;
  }
  if (*upload_size > 0) {
    *upload_size = 0;
    return MHD_YES;
  }
  return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: bare_node PORT\n");
    return 64;
  }
  sigset_t stopping;
  sigemptyset(&stopping);
  sigaddset(&stopping, SIGTERM);
  sigaddset(&stopping, SIGINT);
  sigprocmask(SIG_BLOCK, &stopping, NULL);
  response = MHD_create_response_from_buffer(strlen(answer), answer, MHD_RESPMEM_PERSISTENT);
  MHD_add_response_header(response, "Content-Type", "application/json");
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
