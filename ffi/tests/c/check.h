/*
 * What the C tests share: checks, files, verifiers. A test is a function without arguments; each program says
 * what it runs, and ends with the line "NAME: N passed, M failed" and with 1 if anything failed.
 */
#ifndef CHECK_H
#define CHECK_H

#include "cba.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_failures;
static int check_passed;
static int check_failed;

static inline int check_that(int holds, const char *what, const char *file, int line) {
    if (!holds) {
        check_failures++;
        printf("    %s:%d: not so: %s\n", file, line, what);
    }
    return holds;
}

#define CHECK(condition) check_that((condition) ? 1 : 0, #condition, __FILE__, __LINE__)

/* Two statuses, shown if they differ. */
static inline void check_status(cba_status wanted, cba_status got, const char *file, int line) {
    if (wanted != got) {
        check_failures++;
        printf("    %s:%d: wanted %u (%s), got %u (%s)\n", file, line, (unsigned)wanted,
            cba_status_str(wanted), (unsigned)got, cba_status_str(got));
    }
}

#define CHECK_STATUS(wanted, got) check_status(wanted, got, __FILE__, __LINE__)

static inline void check_run(const char *name, void (*test)(void)) {
    check_failures = 0;
    test();
    if (check_failures == 0) {
        check_passed++;
    } else {
        check_failed++;
        printf("  FAILED %s\n", name);
    }
}

#define RUN(test) check_run(#test, test)

static inline int check_conclude(const char *name) {
    printf("%s: %d passed, %d failed\n", name, check_passed, check_failed);
    return check_passed == 0 || check_failed != 0;
}

/* What cannot fail in a test, or there is none. */
static inline void check_must(int holds, const char *what) {
    if (!holds) {
        printf("the test itself cannot go on: %s\n", what);
        exit(2);
    }
}

static inline void *check_alloc(size_t len) {
    void *memory = malloc(len == 0 ? 1 : len);
    check_must(memory != NULL, "malloc");
    return memory;
}

/* The directory of certificates.sh. */
static const char *check_directory = ".";

/* A file, in memory of exactly its size: whoever reads a byte too many is caught. Freed with check_free. */
static inline cba_span check_file(const char *name) {
    char path[512];
    long len;
    FILE *file;
    cba_span span;
    uint8_t *bytes;
    snprintf(path, sizeof(path), "%s/%s", check_directory, name);
    file = fopen(path, "rb");
    check_must(file != NULL && fseek(file, 0, SEEK_END) == 0, path);
    len = ftell(file);
    check_must(len > 0 && fseek(file, 0, SEEK_SET) == 0, path);
    bytes = (uint8_t *)check_alloc((size_t)len);
    check_must(fread(bytes, 1, (size_t)len, file) == (size_t)len, path);
    fclose(file);
    span.ptr = bytes;
    span.len = (size_t)len;
    return span;
}

static inline void check_free(cba_span span) { free((void *)(uintptr_t)span.ptr); }

static inline cba_span check_text(const char *text) {
    cba_span span;
    span.ptr = (const uint8_t *)text;
    span.len = strlen(text);
    return span;
}

static inline int check_same(cba_span span, const char *text) {
    return span.len == strlen(text) && (span.len == 0 || memcmp(span.ptr, text, span.len) == 0);
}

/* A verifier in memory of exactly its size, which is also what is to be freed; NULL if there is a fault. */
static inline cba_verifier *check_verifier_of(const cba_verifier_config *config, cba_fault *fault) {
    size_t size = 0;
    const cba_verifier *verifier = NULL;
    void *memory;
    if (cba_verifier_size(config, &size, fault) != CBA_OK) {
        return NULL;
    }
    memory = check_alloc(size);
    if (cba_verifier_init(memory, size, config, &verifier, fault) != CBA_OK) {
        free(memory);
        return NULL;
    }
    check_must((const void *)verifier == memory, "the verifier is where it was put");
    return (cba_verifier *)memory;
}

/* A verifier of these files; `intermediates` and `denied`, a text, may be NULL. */
static inline cba_verifier *check_verifier(const char *roots, const char *intermediates, const char *denied) {
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    cba_trusted trusted = { { NULL, 0 }, NULL, 0 };
    cba_span bundle = { NULL, 0 };
    cba_span list = { NULL, 0 };
    cba_fault fault;
    cba_verifier *verifier;
    trusted.certificates = check_file(roots);
    config.trusted = &trusted;
    config.trusted_len = 1;
    if (intermediates != NULL) {
        bundle = check_file(intermediates);
        config.intermediates = &bundle;
        config.intermediates_len = 1;
    }
    if (denied != NULL) {
        list = check_text(denied);
        config.denied = &list;
        config.denied_len = 1;
    }
    verifier = check_verifier_of(&config, &fault);
    check_must(verifier != NULL, cba_status_str(fault.status));
    check_free(trusted.certificates);
    check_free(bundle);
    return verifier;
}

/* A workspace for so many, in memory of exactly its size. */
static inline cba_workspace *check_workspace(size_t presented) {
    cba_workspace *workspace = NULL;
    size_t size = CBA_WORKSPACE_SIZE(presented);
    void *memory = check_alloc(size);
    check_must(cba_workspace_init(memory, size, &workspace) == CBA_OK, "cba_workspace_init");
    return workspace;
}

static inline int check_zero(const void *from, size_t len) {
    const unsigned char *byte = (const unsigned char *)from;
    size_t at;
    for (at = 0; at < len; at++) {
        if (byte[at] != 0) {
            return 0;
        }
    }
    return 1;
}

#endif
