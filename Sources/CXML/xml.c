#include "CXML.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>

typedef struct {
    xmlParserCtxtPtr parser;
    cx_handlers handlers;
    void *context;
    int64_t depth, depth_limit;
    int64_t elements, element_limit;
    cx_error *error;
    int32_t failed;
} reading;

// Only the first failure counts: others follow from it.
static void fail(reading *r, int64_t line, const char *message) {
    if (r->failed) return;
    r->failed = 1;
    r->error->line = line > 0 ? line : 1;
    snprintf(r->error->message, sizeof r->error->message, "%s", message);
    // libxml2 ends its messages with a line feed, and has some of two lines.
    size_t length = strlen(r->error->message);
    while (length > 0 && r->error->message[length - 1] == '\n') r->error->message[--length] = 0;
    for (char *c = r->error->message; *c; c++) {
        if (*c == '\n') *c = ' ';
    }
    xmlStopParser(r->parser);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static int64_t line_of(reading *r) { return r->parser->input ? r->parser->input->line : 0; }

static void begin(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                  int namespaces, const xmlChar **namespace_list, int attributes, int defaulted,
                  const xmlChar **attribute_list) {
    (void)prefix, (void)uri, (void)namespaces, (void)namespace_list;
    (void)attributes, (void)defaulted, (void)attribute_list;
    reading *r = context;
    if (r->failed) return;
    char message[CX_MESSAGE_SIZE];
    if (++r->depth > r->depth_limit) {
        snprintf(message, sizeof message, "more than %lld elements in one another",
                 (long long)r->depth_limit);
        fail(r, line_of(r), message);
    } else if (++r->elements > r->element_limit) {
        snprintf(message, sizeof message, "more than %lld elements", (long long)r->element_limit);
        fail(r, line_of(r), message);
    } else {
        r->handlers.begin(r->context, (const char *)name, line_of(r));
    }
}

static void end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    (void)name, (void)prefix, (void)uri;
    reading *r = context;
    if (r->failed) return;
    r->depth--;
    r->handlers.end(r->context);
}

static void text(void *context, const xmlChar *bytes, int count) {
    reading *r = context;
    if (!r->failed) r->handlers.text(r->context, bytes, (size_t)count);
}

static void document_type(void *context, const xmlChar *name, const xmlChar *id,
                          const xmlChar *uri) {
    (void)name, (void)id, (void)uri;
    reading *r = context;
    fail(r, line_of(r), "a document type declaration; expected none: it could name other files");
}

static void problem(void *context, xmlErrorPtr error) {
    if (error->level == XML_ERR_WARNING) return;
    fail(context, error->line, error->message ? error->message : "no well-formed XML");
}

int32_t cx_read(const uint8_t *bytes, size_t count, int64_t depth, int64_t elements,
                cx_handlers handlers, void *context, cx_error *error) {
    *error = (cx_error){0};
    reading r = {.handlers = handlers,
                 .context = context,
                 .depth_limit = depth,
                 .element_limit = elements,
                 .error = error};
    if (count == 0 || count > INT_MAX) {
        error->line = 1;
        snprintf(error->message, sizeof error->message, "the file has %zu bytes", count);
        return 0;
    }
    pthread_once(&once, xmlInitParser);
    r.parser = xmlNewParserCtxt();
    if (!r.parser) {
        snprintf(error->message, sizeof error->message, "there is not enough memory");
        return 0;
    }
    *r.parser->sax = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC,
                                     .startElementNs = begin,
                                     .endElementNs = end,
                                     .characters = text,
                                     .ignorableWhitespace = text,
                                     .cdataBlock = text,
                                     .internalSubset = document_type,
                                     .serror = problem};
    r.parser->userData = &r;
    xmlDocPtr document =
        xmlCtxtReadMemory(r.parser, (const char *)bytes, (int)count, NULL, NULL, XML_PARSE_NONET);
    if (!r.failed && !r.parser->wellFormed) fail(&r, line_of(&r), "no well-formed XML");
    if (document) xmlFreeDoc(document);
    xmlFreeParserCtxt(r.parser);
    return !r.failed;
}
