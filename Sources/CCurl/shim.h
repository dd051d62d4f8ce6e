// Typed wrappers for the variadic functions of libcurl: Swift imports no variadic C function. One wrapper per type of
// argument, because a variadic callee trusts the type it is told to expect.
#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

// libcurl's type-checking macros look at literal options only and add nothing inside these wrappers.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// What libcurl's multi interface is driven with; Swift's module of the C library leaves these headers out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#if LIBCURL_VERSION_NUM < 0x075700
#error "libcurl 7.87 or later is needed, for CURLOPT_QUICK_EXIT"
#endif

// Options that take a long: Swift's Int is a long on Linux and macOS.
static inline CURLcode ccurl_easy_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

// Options that take a curl_off_t, such as the body's size, which may be above 2 GiB.
static inline CURLcode ccurl_easy_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}

// Options that take a string, which libcurl copies.
static inline CURLcode ccurl_easy_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

// Options that take a pointer, which libcurl keeps: the caller answers for its life time.
static inline CURLcode ccurl_easy_set_pointer(CURL *handle, CURLoption option, const void *value) {
  return curl_easy_setopt(handle, option, value);
}

// The option that takes a list of header lines, which libcurl keeps and does not free.
static inline CURLcode ccurl_easy_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}

// The option that takes the write callback: a function pointer is no object pointer in C.
static inline CURLcode ccurl_easy_set_write(CURL *handle, curl_write_callback value) {
  return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, value);
}

// The options that take the read callback and the one that goes back in a body: likewise.
static inline CURLcode ccurl_easy_set_read(CURL *handle, curl_read_callback value) {
  return curl_easy_setopt(handle, CURLOPT_READFUNCTION, value);
}

static inline CURLcode ccurl_easy_set_seek(CURL *handle, curl_seek_callback value) {
  return curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, value);
}

// The option that takes the callback for new sockets: likewise.
static inline CURLcode ccurl_easy_set_sockopt(CURL *handle, curl_sockopt_callback value) {
  return curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, value);
}

// Facts of the type long, such as the response's status.
static inline CURLcode ccurl_easy_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}

// Facts that are pointers, such as the one that was set with CURLOPT_PRIVATE.
static inline CURLcode ccurl_easy_get_pointer(CURL *handle, CURLINFO info, void **value) {
  return curl_easy_getinfo(handle, info, value);
}

// Options of a multi handle that take a long.
static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

// Options of a multi handle that take a pointer, which libcurl keeps.
static inline CURLMcode ccurl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
  return curl_multi_setopt(multi, option, value);
}

// The option that takes the socket callback: a function pointer is no object pointer in C.
static inline CURLMcode ccurl_multi_set_socket(CURLM *multi, curl_socket_callback value) {
  return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, value);
}

// The option that takes the timer callback: likewise.
static inline CURLMcode ccurl_multi_set_timer(CURLM *multi, curl_multi_timer_callback value) {
  return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, value);
}

// Names the calling thread: prctl is variadic, and pthread_setname_np is hidden from Swift as a GNU extension.
static inline void ccurl_name_thread(const char *name) {
  prctl(PR_SET_NAME, name, 0, 0, 0);
}

#endif
