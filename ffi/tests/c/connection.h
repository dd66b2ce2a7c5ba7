/*
 * A client and a server of OpenSSL, in memory.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "check.h"

#include "cba_openssl.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

/* The path of a file of certificates.sh. It holds until the next call but one. */
static inline const char *path(const char *name) {
    static char paths[2][512];
    static int turn;
    turn = !turn;
    snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", check_directory, name);
    return paths[turn];
}

static inline SSL_CTX *server_context(int version) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    check_must(ctx != NULL && SSL_CTX_set_max_proto_version(ctx, version), "a server's context");
    check_must(SSL_CTX_use_certificate_chain_file(ctx, path("server.crt")) == 1, "server.crt");
    check_must(SSL_CTX_use_PrivateKey_file(ctx, path("server.key"), SSL_FILETYPE_PEM) == 1, "server.key");
    return ctx;
}

static inline SSL_CTX *server_set_up(int version) {
    SSL_CTX *ctx = server_context(version);
    CHECK_STATUS(CBA_OK, cba_openssl_server(ctx));
    return ctx;
}

/* A session that the client was given last. */
static SSL_SESSION *ticket;

static inline int keep_ticket(SSL *ssl, SSL_SESSION *session) {
    (void)ssl;
    SSL_SESSION_free(ticket);
    ticket = session;
    return 1;
}

static inline void drop_ticket(void) {
    SSL_SESSION_free(ticket);
    ticket = NULL;
}

/* A client with that certificate, or none, and so many copies of a file behind it, or none. */
static inline SSL_CTX *client_context(const char *leaf, const char *key, const char *extra, int copies) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    check_must(ctx != NULL, "a client's context");
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, keep_ticket);
    SSL_CTX_set_security_level(ctx, 1);
    if (leaf != NULL) {
        check_must(SSL_CTX_use_certificate_file(ctx, path(leaf), SSL_FILETYPE_PEM) == 1, leaf);
        check_must(SSL_CTX_use_PrivateKey_file(ctx, path(key), SSL_FILETYPE_PEM) == 1, key);
    }
    while (copies-- > 0) {
        BIO *file = BIO_new_file(path(extra), "r");
        X509 *certificate = file == NULL ? NULL : PEM_read_bio_X509(file, NULL, NULL, NULL);
        BIO_free(file);
        check_must(certificate != NULL && SSL_CTX_add_extra_chain_cert(ctx, certificate), extra);
    }
    /* What is not set would be looked for in a store, which is empty. */
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    return ctx;
}

typedef struct connection {
    SSL *server, *client;
    /* What the last call of each side returned. */
    int accepted, connected;
} connection;

static inline connection open_connection(SSL_CTX *server, SSL_CTX *client) {
    connection open;
    BIO *one = NULL, *other = NULL;
    open.server = SSL_new(server);
    open.client = SSL_new(client);
    open.accepted = open.connected = -1;
    check_must(open.server != NULL && open.client != NULL && BIO_new_bio_pair(&one, 65536, &other, 65536),
        "a connection");
    SSL_set_bio(open.server, one, one);
    SSL_set_bio(open.client, other, other);
    SSL_set_accept_state(open.server);
    SSL_set_connect_state(open.client);
    if (ticket != NULL) {
        check_must(SSL_set_session(open.client, ticket) == 1, "a session to resume");
    }
    return open;
}

static inline void step(connection *open) {
    open->connected = SSL_do_handshake(open->client);
    open->accepted = SSL_do_handshake(open->server);
}

/* Whether the server's handshake is complete; a byte goes each way, and with it the tickets of TLS 1.3. */
static inline int shake_hands(connection *open) {
    char byte = 'x';
    for (int round = 0; round < 10 && (open->accepted != 1 || open->connected != 1); round++) {
        step(open);
    }
    ERR_clear_error();
    return open->accepted == 1 && SSL_write(open->server, &byte, 1) == 1
           && SSL_read(open->client, &byte, 1) == 1 && SSL_write(open->client, &byte, 1) == 1
           && SSL_read(open->server, &byte, 1) == 1;
}

static inline void close_connection(connection *open) {
    SSL_shutdown(open->client);
    SSL_shutdown(open->server);
    SSL_free(open->client);
    SSL_free(open->server);
    ERR_clear_error();
}

#endif
