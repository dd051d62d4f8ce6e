#ifndef CMICROHTTPD_SHIM_H
#define CMICROHTTPD_SHIM_H

#include <microhttpd.h>
#include <stdint.h>
/* Not in Swift's Glibc module: */
#include <malloc.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/types.h>

/* Swift imports neither variadic functions nor macros with a cast: each of those in use has a typed stand-in here. */

/* Macro with a cast: the size of a body that is not known beforehand. */
static const uint64_t cmhd_size_unknown = MHD_SIZE_UNKNOWN;

/* Macro with a cast: a content reader's "no more bytes". */
static const ssize_t cmhd_end_of_stream = MHD_CONTENT_READER_END_OF_STREAM;

/* Macro with a cast: a content reader's "break the connection off". */
static const ssize_t cmhd_end_with_error = MHD_CONTENT_READER_END_WITH_ERROR;

/* What MHD_start_daemon takes as options; a struct keeps fourteen arguments in order. */
struct cmhd_options
{
  unsigned int flags;
  MHD_socket listen_socket;
  unsigned int connections_max;
  size_t connection_memory_bytes;
  unsigned int idle_timeout_seconds;
  int strictness;
  MHD_AccessHandlerCallback access;
  MHD_RequestCompletedCallback completed;
  MHD_NotifyConnectionCallback connection_changed;
  void *context; /* first argument of all three callbacks */
};

/* Variadic: MHD_start_daemon takes options up to MHD_OPTION_END. The port is the listening socket's. The thread that runs
   the daemon has to block SIGPIPE. */
static inline struct MHD_Daemon *
cmhd_start_daemon (const struct cmhd_options *options)
{
  return MHD_start_daemon (options->flags, 0, NULL, NULL, options->access, options->context,
                           MHD_OPTION_LISTEN_SOCKET, options->listen_socket,
                           MHD_OPTION_CONNECTION_LIMIT, options->connections_max,
                           MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->connection_memory_bytes,
                           MHD_OPTION_CONNECTION_TIMEOUT, options->idle_timeout_seconds,
                           MHD_OPTION_STRICT_FOR_CLIENT, options->strictness,
                           MHD_OPTION_NOTIFY_COMPLETED, options->completed, options->context,
                           MHD_OPTION_NOTIFY_CONNECTION, options->connection_changed, options->context,
                           MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
                           MHD_OPTION_END);
}

/* Variadic: MHD_get_daemon_info; here for the epoll descriptor of a daemon that is run by its owner, -1 when there is none. */
static inline int
cmhd_epoll_descriptor (struct MHD_Daemon *daemon)
{
  const union MHD_DaemonInfo *info = MHD_get_daemon_info (daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return NULL == info ? -1 : info->epoll_fd;
}

/* Variadic: prctl; here for the name of the calling thread. */
static inline void
cmhd_name_thread (const char *name)
{
  prctl (PR_SET_NAME, name, 0, 0, 0);
}

/* Variadic: MHD_set_response_options; here for a head without length and chunks, after which the connection closes. */
static inline enum MHD_Result
cmhd_end_with_connection (struct MHD_Response *response)
{
  return MHD_set_response_options (response, MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
}

/* Variadic: MHD_get_connection_info; here for the connection's socket, -1 when there is none. */
static inline MHD_socket
cmhd_connection_socket (struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return NULL == info ? MHD_INVALID_SOCKET : info->connect_fd;
}

/* Variadic: MHD_get_connection_info; here for the bytes of a request's head, 0 until all of it is there. */
static inline size_t
cmhd_head_bytes (struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return NULL == info ? 0 : info->header_size;
}

#endif
