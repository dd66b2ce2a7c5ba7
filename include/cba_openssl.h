/*
 * cba_openssl.h: from an SSL of OpenSSL 1.1.1 or newer to a cba_request.
 *
 * The way through it, beside that of cba.h:
 *
 *     1. Once: cba_openssl_server(ctx), after everything else is set in the SSL_CTX.
 *     2. For each connection, once SSL_accept has succeeded: cba_openssl_peer_read(ssl, &peer, &request).
 *     3. cba_authenticate, or cba_identify and cba_decide, with that request.
 *     4. cba_openssl_peer_free(&peer), when neither the request nor a cba_device is needed any more.
 *
 * OpenSSL asks for the client's certificate and has it prove that it holds the key. It judges nothing: a
 * client with a bad certificate, or with none, ends its handshake too, and is told apart by the decision
 * alone. SSL_get_verify_result is X509_V_ERR_APPLICATION_VERIFICATION wherever there is a certificate, so
 * that code which believes it lets nobody in.
 *
 * A resumed session holds the leaf, but not the certificates that came with it. These are put into the
 * session, by its ticket appdata (SSL_SESSION_set1_ticket_appdata), for which nothing else in the program may
 * have a use. So each connection, resumed or not, is judged anew, by what is trusted and denied at that time.
 *
 * Not for SSL_verify_client_post_handshake: ask in the handshake. Where a server's name (SNI) chooses among
 * several SSL_CTX, set up all of them, and first of all the one that connections begin with.
 *
 * Threads: there is no state beside what is handed over. An SSL_CTX is set up by one thread, before it is
 * used. An SSL belongs to one thread at a time.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */

#ifndef CBA_OPENSSL_H
#define CBA_OPENSSL_H

#include "cba.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

#if OPENSSL_VERSION_NUMBER < 0x10101000L || defined(LIBRESSL_VERSION_NUMBER) || defined(OPENSSL_IS_BORINGSSL)
#error "OpenSSL 1.1.1 or newer is needed: others keep no data of a program in a session ticket"
#endif

/** Most bytes of certificates that a client may send: a handful of them. OpenSSL would read 100 KB. */
#define CBA_OPENSSL_MAX_CERT_LIST 16384

/** Enough room for presented certificates: the workspace takes CBA_WORKSPACE_SIZE(CBA_OPENSSL_PRESENTED). */
#define CBA_OPENSSL_PRESENTED 16

/**
 * The certificates of a client, copied out of an SSL. Begin with CBA_OPENSSL_PEER_INIT. It owns `memory`; the
 * spans of the request that was filled with it, and those of a cba_device made of that, lie there.
 */
typedef struct cba_openssl_peer {
    /** What cba_openssl_peer_free frees; NULL if there is nothing. */
    void *memory;
} cba_openssl_peer;

/** A peer of whom nothing is known yet. */
#define CBA_OPENSSL_PEER_INIT { NULL }

/*
 * What follows, up to cba_openssl_server, is not to be called.
 *
 * A packed chain, which is also the appdata of a session: a tag, then each certificate as a length of four
 * bytes, the most significant first, and its DER.
 */
#define CBA_OPENSSL_TAG "cba\1"
#define CBA_OPENSSL_TAG_LEN 4
#define CBA_OPENSSL_LENGTH_LEN 4

/* The length of a certificate's DER, or 0. */
static inline size_t cba_openssl_der_len(X509 *certificate) {
    int len = i2d_X509(certificate, NULL);
    return len > 0 ? (size_t)len : 0;
}

/* Packs a chain without the leaf into memory that is then the caller's, to be freed with OPENSSL_free. */
static inline cba_status cba_openssl_pack(
    X509 *leaf, STACK_OF(X509) *chain, unsigned char **packed, size_t *len) {
    int count = chain == NULL ? 0 : sk_X509_num(chain);
    size_t room = CBA_OPENSSL_TAG_LEN;
    *packed = NULL;
    *len = 0;
    for (int i = 0; i < count; i++) {
        size_t der = cba_openssl_der_len(sk_X509_value(chain, i));
        /* A ticket ends at 64 KB. There is more only where the host set another limit after ours. */
        if (der == 0 || der > CBA_OPENSSL_MAX_CERT_LIST || room > CBA_OPENSSL_MAX_CERT_LIST) {
            return CBA_STATUS_INPUT_TOO_LONG;
        }
        room += CBA_OPENSSL_LENGTH_LEN + der;
    }
    unsigned char *memory = (unsigned char *)OPENSSL_malloc(room);
    if (memory == NULL) {
        return CBA_STATUS_MEMORY_TOO_SMALL;
    }
    memcpy(memory, CBA_OPENSSL_TAG, CBA_OPENSSL_TAG_LEN);
    unsigned char *end = memory + CBA_OPENSSL_TAG_LEN;
    for (int i = 0; i < count; i++) {
        X509 *certificate = sk_X509_value(chain, i);
        if (certificate == leaf) {
            continue;
        }
        unsigned char *der = end + CBA_OPENSSL_LENGTH_LEN;
        int written = i2d_X509(certificate, &der);
        if (written <= 0) {
            OPENSSL_free(memory);
            return CBA_STATUS_MEMORY_TOO_SMALL;
        }
        for (int byte = 0; byte < CBA_OPENSSL_LENGTH_LEN; byte++) {
            *end++ = (unsigned char)((unsigned)written >> (24 - 8 * byte) & 0xff);
        }
        end = der;
    }
    *packed = memory;
    *len = (size_t)(end - memory);
    return CBA_OK;
}

/*
 * Counts the certificates of a packed chain, and says where each lies, unless `spans` is NULL. 0 also for
 * what is not a packed chain from its first byte to its last.
 */
static inline size_t cba_openssl_unpack(const unsigned char *packed, size_t len, cba_span *spans) {
    size_t count = 0;
    if (packed == NULL || len < CBA_OPENSSL_TAG_LEN
        || memcmp(packed, CBA_OPENSSL_TAG, CBA_OPENSSL_TAG_LEN) != 0) {
        return 0;
    }
    packed += CBA_OPENSSL_TAG_LEN;
    len -= CBA_OPENSSL_TAG_LEN;
    while (len != 0) {
        if (len < CBA_OPENSSL_LENGTH_LEN) {
            return 0;
        }
        size_t der = (size_t)packed[0] << 24 | (size_t)packed[1] << 16 | (size_t)packed[2] << 8 | packed[3];
        packed += CBA_OPENSSL_LENGTH_LEN;
        len -= CBA_OPENSSL_LENGTH_LEN;
        if (der == 0 || der > len) {
            return 0;
        }
        if (spans != NULL) {
            spans[count].ptr = packed;
            spans[count].len = der;
        }
        count++;
        packed += der;
        len -= der;
    }
    return count;
}

/* In place of OpenSSL's verification: keeps what was presented, and judges nothing. */
static inline int cba_openssl_verify(X509_STORE_CTX *store, void *unused) {
    SSL *ssl = (SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    unsigned char *packed = NULL;
    size_t len = 0;
    (void)unused;
    if (ssl != NULL && !SSL_is_server(ssl)) {
        /* A context that also makes connections: nobody but OpenSSL judges the server there. */
        return X509_verify_cert(store) > 0;
    }
    SSL_SESSION *session = ssl == NULL ? NULL : SSL_get_session(ssl);
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    int kept = session != NULL
               && cba_openssl_pack(leaf, X509_STORE_CTX_get0_untrusted(store), &packed, &len) == CBA_OK
               && SSL_SESSION_set1_ticket_appdata(session, packed, len);
    OPENSSL_free(packed);
    X509_STORE_CTX_set_error(
        store, kept ? X509_V_ERR_APPLICATION_VERIFICATION : X509_V_ERR_CERT_CHAIN_TOO_LONG);
    return kept;
}

/**
 * Sets up a server's SSL_CTX: the client's certificate is asked for, not required; OpenSSL does not judge it;
 * what was presented outlives resumption, in tickets and in caches; TLS 1.2 is the least, before which a key
 * is proven by MD5 and SHA-1; no renegotiation, by which the client could become another; no early data.
 *
 * It replaces the verify mode, the verify callbacks, the session id context (by `cba_openssl`), and the
 * greatest length of a certificate list. Call it last; a session id context of your own may be set
 * afterwards. The names of CAs that clients choose by (SSL_CTX_set_client_CA_list) stay yours to set. `ctx`
 * stays the caller's; nothing in it needs to be released.
 *
 * Returns CBA_OK; CBA_STATUS_NULL_POINTER; CBA_STATUS_INVALID_ARGUMENT if OpenSSL would not have it so.
 */
static inline cba_status cba_openssl_server(SSL_CTX *ctx) {
    static const unsigned char context[] = "cba_openssl";
    if (ctx == NULL) {
        return CBA_STATUS_NULL_POINTER;
    }
    if (SSL_CTX_get_min_proto_version(ctx) < TLS1_2_VERSION
        && !SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION)) {
        return CBA_STATUS_INVALID_ARGUMENT;
    }
    /* Without a context of its own, OpenSSL fails each handshake that would resume a session. */
    if (!SSL_CTX_set_session_id_context(ctx, context, sizeof(context) - 1)
        || !SSL_CTX_set_max_early_data(ctx, 0)) {
        return CBA_STATUS_INVALID_ARGUMENT;
    }
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_max_cert_list(ctx, CBA_OPENSSL_MAX_CERT_LIST);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, cba_openssl_verify, NULL);
    return CBA_OK;
}

/**
 * Frees what a peer owns, and empties it; what a request or a cba_device borrowed of it is gone then. NULL,
 * and a peer that is empty, do nothing.
 */
static inline void cba_openssl_peer_free(cba_openssl_peer *peer) {
    if (peer != NULL) {
        OPENSSL_free(peer->memory);
        peer->memory = NULL;
    }
}

/* Copies leaf and packed chain into one piece of memory, with the spans at its beginning. Not to be called.
 */
static inline cba_status cba_openssl_copy(X509 *leaf, const unsigned char *packed, size_t packed_len,
    cba_openssl_peer *peer, cba_request *request) {
    size_t count = cba_openssl_unpack(packed, packed_len, NULL);
    size_t leaf_len = cba_openssl_der_len(leaf);
    if (leaf_len == 0 || leaf_len > INT_MAX / 4 || packed_len > INT_MAX / 4) {
        return CBA_STATUS_INPUT_TOO_LONG;
    }
    /* Each packed certificate takes five bytes or more: the sum fits into 32 bits. */
    size_t spans_len = count * sizeof(cba_span);
    unsigned char *memory = (unsigned char *)OPENSSL_malloc(spans_len + packed_len + leaf_len);
    if (memory == NULL) {
        return CBA_STATUS_MEMORY_TOO_SMALL;
    }
    cba_span *spans = (cba_span *)(void *)memory;
    unsigned char *chain = memory + spans_len;
    unsigned char *der = chain + packed_len;
    unsigned char *end = der;
    if (i2d_X509(leaf, &end) != (int)leaf_len) {
        OPENSSL_free(memory);
        return CBA_STATUS_MEMORY_TOO_SMALL;
    }
    if (packed_len != 0) {
        memcpy(chain, packed, packed_len);
    }
    request->leaf.ptr = der;
    request->leaf.len = leaf_len;
    request->presented_len = cba_openssl_unpack(chain, packed_len, spans);
    request->presented = spans;
    peer->memory = memory;
    return CBA_OK;
}

/**
 * Copies the client's certificates out of `ssl` into `peer`, and sets leaf, presented and possession of
 * `request`; the rest of the request, mode and time among it, is the caller's to set.
 *
 * Possession is CBA_POSSESSION_PROVEN_BY_TLS only if there is a certificate and the handshake is complete at
 * the time of the call. A client without a certificate is no failure: the leaf is empty, and cba_authenticate
 * says CBA_STATUS_NO_CERTIFICATE.
 *
 * `request` borrows from `peer`, and so does the cba_device that cba_authenticate makes of it: free `peer`
 * after both, once, with cba_openssl_peer_free; also after a failure. `ssl` is not kept: it may go first. A
 * peer that holds something is freed before it is filled anew. An SSL_CTX without cba_openssl_server works
 * too, but its resumed sessions hold the leaf alone.
 *
 * Returns CBA_OK; CBA_STATUS_NULL_POINTER; CBA_STATUS_INVALID_ARGUMENT for the client's side of a connection;
 * CBA_STATUS_INPUT_TOO_LONG for certificates of more than CBA_OPENSSL_MAX_CERT_LIST bytes;
 * CBA_STATUS_MEMORY_TOO_SMALL if OpenSSL has no memory. If it is not CBA_OK, the request has no leaf and lets
 * nobody in.
 */
static inline cba_status cba_openssl_peer_read(SSL *ssl, cba_openssl_peer *peer, cba_request *request) {
    cba_openssl_peer_free(peer);
    if (request != NULL) {
        request->leaf.ptr = NULL;
        request->leaf.len = 0;
        request->presented = NULL;
        request->presented_len = 0;
        request->possession = CBA_POSSESSION_UNPROVEN;
    }
    if (ssl == NULL || peer == NULL || request == NULL) {
        return CBA_STATUS_NULL_POINTER;
    }
    if (!SSL_is_server(ssl)) {
        return CBA_STATUS_INVALID_ARGUMENT;
    }
    X509 *leaf = SSL_get_peer_certificate(ssl);
    if (leaf == NULL) {
        return CBA_OK;
    }
    SSL_SESSION *session = SSL_get_session(ssl);
    void *appdata = NULL;
    size_t len = 0;
    unsigned char *packed = NULL;
    cba_status status = CBA_OK;
    if (session == NULL || !SSL_SESSION_get0_ticket_appdata(session, &appdata, &len)
        || cba_openssl_unpack((unsigned char *)appdata, len, NULL) == 0) {
        /* No chain was kept: there is one only if this very handshake brought it. */
        status = cba_openssl_pack(leaf, SSL_get_peer_cert_chain(ssl), &packed, &len);
        appdata = packed;
    }
    if (status == CBA_OK) {
        status = cba_openssl_copy(leaf, (unsigned char *)appdata, len, peer, request);
    }
    if (status == CBA_OK && SSL_is_init_finished(ssl)) {
        request->possession = CBA_POSSESSION_PROVEN_BY_TLS;
    }
    OPENSSL_free(packed);
    X509_free(leaf);
    return status;
}

#endif /* CBA_OPENSSL_H */
