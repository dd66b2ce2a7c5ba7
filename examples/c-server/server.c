/*
 * server PORT CERTIFICATE KEY ROOTS [INTERMEDIATES]: an HTTPS server on 127.0.0.1 that asks for a client
 * certificate and greets by e-mail. All files are PEM. PORT 0 takes a free one; standard output says which.
 *
 *     cc server.c $(pkg-config --cflags --libs cba openssl)
 *
 * One process for each connection, which ends after ten seconds at the latest: a slow client stops nobody
 * else. How many there may be is for the service manager to bound (TasksMax=).
 */

#define _POSIX_C_SOURCE 200809L

#include <cba_openssl.h>

#include <netinet/in.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what) {
    fprintf(stderr, "server: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(EXIT_FAILURE);
}

/* A file of up to 1 MB. What it spans stays until the program ends. */
static cba_span read_file(const char *name) {
    const size_t most = 1 << 20;
    FILE *file = fopen(name, "rb");
    uint8_t *content = malloc(most);
    if (file == NULL || content == NULL) {
        die(name);
    }
    cba_span span = { content, fread(content, 1, most, file) };
    if (ferror(file) || span.len == most) {
        die(name);
    }
    fclose(file);
    return span;
}

/* The verifier, once for all connections: it keeps a copy of the certificates. */
static const cba_verifier *prepare(const char *roots, const char *intermediates) {
    cba_trusted trusted = { read_file(roots), NULL, 0 };
    cba_span bundle = intermediates != NULL ? read_file(intermediates) : (cba_span){ NULL, 0 };
    cba_verifier_config config = CBA_VERIFIER_CONFIG_INIT;
    config.trusted = &trusted;
    config.trusted_len = 1;
    config.intermediates = &bundle;
    config.intermediates_len = intermediates != NULL ? 1 : 0;
    const cba_verifier *verifier = NULL;
    cba_fault fault;
    size_t size;
    void *memory;
    if (cba_verifier_size(&config, &size, &fault) == CBA_OK && (memory = malloc(size)) != NULL
        && cba_verifier_init(memory, size, &config, &verifier, &fault) == CBA_OK) {
        return verifier;
    }
    fprintf(stderr, "server: certificate %u in %s: %s (%u)\n", (unsigned)fault.item,
        fault.part == CBA_PART_INTERMEDIATES ? intermediates : roots, cba_status_str(fault.status),
        (unsigned)fault.status);
    exit(EXIT_FAILURE);
}

static SSL_CTX *prepare_tls(const char *certificate, const char *key, const char *roots) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (ctx == NULL || SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1
        || SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
        die("certificate or key");
    }
    /* Browsers offer the certificates below these CAs. It decides nothing. */
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(roots);
    if (names == NULL || cba_openssl_server(ctx) != CBA_OK) {
        die(roots);
    }
    SSL_CTX_set_client_CA_list(ctx, names);
    return ctx;
}

/* A line for each attempt, whatever its outcome. It names no person. */
static void log_attempt(const cba_audit *audit) {
    fprintf(stderr, "verdict=%u reason=%u depth=%u offset=%u fingerprint=", (unsigned)audit->verdict,
        (unsigned)audit->reason, (unsigned)audit->depth, (unsigned)audit->offset);
    for (size_t i = 0; audit->has_fingerprint && i < sizeof(audit->fingerprint); i++) {
        fprintf(stderr, "%02x", audit->fingerprint[i]);
    }
    fprintf(stderr, "\n");
}

/* From the connection to the decision. */
static void decide(SSL *ssl, const cba_verifier *verifier, cba_decision *decision) {
    static _Alignas(CBA_WORKSPACE_ALIGN) unsigned char memory[CBA_WORKSPACE_SIZE(CBA_OPENSSL_PRESENTED)];
    cba_workspace *workspace = NULL;
    cba_openssl_peer peer = CBA_OPENSSL_PEER_INIT;
    cba_request request = CBA_REQUEST_INIT;
    cba_audit audit;
    if (cba_workspace_init(memory, sizeof(memory), &workspace) != CBA_OK
        || cba_openssl_peer_read(ssl, &peer, &request) != CBA_OK) {
        /* The request holds no certificate then, and nobody is let in. */
        fprintf(stderr, "server: the client's certificate cannot be read\n");
    }
    request.mode = CBA_MODE_PRIMARY;
    request.time = (int64_t)time(NULL);
    cba_authenticate(verifier, &request, workspace, decision, NULL, &audit);
    log_attempt(&audit);
    cba_openssl_peer_free(&peer);
}

/* Reads until the head of the request ends; 0 if it does not. */
static int read_head(SSL *ssl) {
    static char head[8192];
    size_t len = 0;
    int got;
    while ((got = SSL_read(ssl, head + len, (int)(sizeof(head) - 1 - len))) > 0) {
        len += (size_t)got;
        head[len] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL) {
            return 1;
        }
    }
    return 0; /* It broke off, or there is no room left. */
}

static void serve(SSL *ssl, const cba_verifier *verifier) {
    cba_decision decision;
    char body[512], answer[1024];
    if (SSL_accept(ssl) != 1 || !read_head(ssl)) {
        ERR_print_errors_fp(stderr);
        return;
    }
    decide(ssl, verifier, &decision);
    /* Empty, unless this user, and no other, is to be logged in. */
    cba_span user = cba_login_email(&decision);
    if (user.len != 0) {
        /* Here the host asks its own questions: is the account active, not locked, is a second factor due? */
        snprintf(body, sizeof(body), "Hello, %.*s.\n", (int)user.len, (const char *)user.ptr);
    } else {
        snprintf(body, sizeof(body), "Refused: %s.\n", cba_status_str(decision.reason));
    }
    int len = snprintf(answer, sizeof(answer),
        "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
        user.len != 0 ? "200 OK" : "403 Forbidden", strlen(body), body);
    if (SSL_write(ssl, answer, len) == len) {
        SSL_shutdown(ssl);
    }
}

static int listen_on(const char *port) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    char *end;
    unsigned long number = strtoul(port, &end, 10);
    if (*port == '\0' || *end != '\0' || number > 65535) {
        die("PORT is a number up to 65535");
    }
    address.sin_port = htons((uint16_t)number);
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0
        || bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, 64) != 0
        || getsockname(listener, (struct sockaddr *)&address, &len) != 0) {
        die("the port cannot be listened on");
    }
    printf("https://127.0.0.1:%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int count, char **arguments) {
    if (count != 5 && count != 6) {
        die("usage: server PORT CERTIFICATE KEY ROOTS [INTERMEDIATES]");
    }
    const cba_verifier *verifier = prepare(arguments[4], arguments[5]);
    SSL_CTX *ctx = prepare_tls(arguments[2], arguments[3], arguments[4]);
    int listener = listen_on(arguments[1]);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection < 0) {
            sleep(1); /* Out of descriptors: some will end. */
            continue;
        }
        if (fork() == 0) {
            close(listener);
            alarm(10);
            SSL *ssl = SSL_new(ctx);
            if (ssl != NULL && SSL_set_fd(ssl, connection) == 1) {
                serve(ssl, verifier);
            }
            _exit(EXIT_SUCCESS);
        }
        close(connection);
    }
}
