#include "CDownload.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    int descriptor;
    int64_t limit;
    void (*progress)(void *context, int64_t received);
    void *context;
    cd_outcome *outcome;
    int too_large;
} transfer;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode started;

static void start(void) { started = curl_global_init(CURL_GLOBAL_DEFAULT); }

static size_t receive(char *bytes, size_t size, size_t count, void *context) {
    transfer *t = context;
    size_t total = size * count, done = 0;
    if ((int64_t)total > t->limit - t->outcome->received) {
        t->too_large = 1;
        return 0;
    }
    while (done < total) {
        ssize_t written = write(t->descriptor, bytes + done, total - done);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            t->outcome->disk_error = written < 0 ? errno : ENOSPC;
            return 0;
        }
        done += (size_t)written;
        t->outcome->received += written;
    }
    t->progress(t->context, t->outcome->received);
    return total;
}

static cd_status status_of(CURLcode code, const transfer *t) {
    if (t->too_large) return CD_TOO_LARGE;
    if (t->outcome->disk_error != 0) return CD_DISK;
    switch (code) {
    case CURLE_OK: return CD_OK;
    case CURLE_RANGE_ERROR:
    case CURLE_BAD_DOWNLOAD_RESUME: return CD_NO_RANGE;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_HTTP_RETURNED_ERROR:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_FILE_COULDNT_READ_FILE:
    case CURLE_PEER_FAILED_VERIFICATION: return CD_REFUSED;
    default: return CD_BROKEN;
    }
}

cd_status cd_download(const char *url, int32_t allow_files, int descriptor, int64_t offset,
                      int64_t limit, int32_t patience,
                      void (*progress)(void *context, int64_t received), void *context,
                      cd_outcome *outcome) {
    memset(outcome, 0, sizeof *outcome);
    pthread_once(&once, start);
    CURL *curl = started == CURLE_OK ? curl_easy_init() : NULL;
    if (curl == NULL) {
        snprintf(outcome->message, sizeof outcome->message, "libcurl could not be started");
        return CD_REFUSED;
    }
    transfer t = {descriptor, limit, progress, context, outcome, 0};
    char details[CURL_ERROR_SIZE] = "";
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, allow_files ? "http,https,file" : "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)patience);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)patience);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "martlet");
    curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)offset);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &t);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, details);
    CURLcode code = curl_easy_perform(curl);
    cd_status status = status_of(code, &t);
    if (status != CD_OK) {
        snprintf(outcome->message, sizeof outcome->message, "%s",
                 details[0] != 0 ? details : curl_easy_strerror(code));
    }
    curl_easy_cleanup(curl);
    return status;
}
