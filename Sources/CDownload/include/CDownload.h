// Fetching a file over HTTP with libcurl, whose options Swift cannot set: its functions take any
// number of arguments.
#ifndef MARTLET_CDOWNLOAD_H
#define MARTLET_CDOWNLOAD_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What came of a download.
typedef enum {
    CD_OK = 0,
    CD_NO_RANGE,  // the server cannot send the rest of a file, only the whole
    CD_BROKEN,    // the connection could not be made, stalled or ended early: worth trying again
    CD_REFUSED,   // an address that makes no sense, or a status of 400 and above
    CD_TOO_LARGE, // more bytes than allowed
    CD_DISK       // the bytes could not be written; `disk_error` is the system's number
} cd_status;

enum { CD_MESSAGE_SIZE = 256 };

// How a download ended.
typedef struct {
    int64_t received; // bytes written by this call
    int32_t disk_error;
    char message[CD_MESSAGE_SIZE]; // in words; empty on success
} cd_outcome;

// Writes what lies at `url` from byte `offset` on to `descriptor`, where that stands. Takes http
// and https, and follows at most five redirections among them; with `allow_files` also file
// addresses. Receiving nothing for `patience` seconds ends it. `progress` is called with the bytes
// received.
cd_status cd_download(const char *url, int32_t allow_files, int descriptor, int64_t offset,
                      int64_t limit, int32_t patience,
                      void (*progress)(void *context, int64_t received), void *context,
                      cd_outcome *outcome);

#ifdef __cplusplus
}
#endif

#endif
