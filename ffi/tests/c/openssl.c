/*
 * cba_openssl.h between a client and a server of OpenSSL, in memory: both versions of TLS, full and resumed,
 * with and without intermediates.
 */
#include "connection.h"

#include <time.h>

static cba_verifier *bare;
static cba_verifier *with_issuing;
static cba_workspace *workspace;

static cba_request request_now(void) {
    cba_request request = CBA_REQUEST_INIT;
    request.mode = CBA_MODE_PRIMARY;
    request.time = (int64_t)time(NULL);
    return request;
}

/* The reason for which the client is refused; CBA_OK if Alice is logged in. */
static cba_status judge(SSL *ssl, const cba_verifier *verifier) {
    cba_openssl_peer peer = CBA_OPENSSL_PEER_INIT;
    cba_request request = request_now();
    cba_decision decision;
    cba_device device;
    CHECK_STATUS(CBA_OK, cba_openssl_peer_read(ssl, &peer, &request));
    cba_authenticate(verifier, &request, workspace, &decision, &device, NULL);
    if (decision.verdict == CBA_LOGIN) {
        CHECK(check_same(cba_login_email(&decision), "alice@example.com"));
        CHECK(check_same(device.name, "Alice"));
    }
    CHECK((decision.verdict == CBA_LOGIN) == (decision.reason == CBA_OK));
    cba_openssl_peer_free(&peer);
    return decision.reason;
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

/* How a session is kept for resumption. */
enum { TICKETS, CACHE, KINDS };

static void full_and_resumed_with_and_without_intermediates(void) {
    unsigned cells = 0;
    for (int at = 0; at < 2; at++) {
        for (int kind = 0; kind < KINDS; kind++) {
            for (int copies = 0; copies < 3; copies++) {
                SSL_CTX *server = server_set_up(versions[at]);
                SSL_CTX *client = client_context("alice.crt", "alice.key", "issuing.crt", copies);
                SSL_CTX_set_options(server, kind == CACHE ? SSL_OP_NO_TICKET : 0);
                cba_status wanted = copies == 0 ? CBA_STATUS_UNKNOWN_ISSUER : CBA_OK;
                /* The third is resumed from what the second was given. */
                for (int round = 0; round < 3; round++) {
                    connection open = open_connection(server, client);
                    CHECK(shake_hands(&open));
                    CHECK(SSL_version(open.server) == versions[at]);
                    CHECK(SSL_session_reused(open.server) == (round > 0));
                    CHECK(SSL_get_verify_result(open.server) == X509_V_ERR_APPLICATION_VERIFICATION);
                    CHECK_STATUS(wanted, judge(open.server, bare));
                    CHECK_STATUS(CBA_OK, judge(open.server, with_issuing));
                    close_connection(&open);
                    cells++;
                }
                drop_ticket();
                SSL_CTX_free(server);
                SSL_CTX_free(client);
            }
        }
    }
    CHECK(cells == 36);
}

static void a_client_without_a_certificate(void) {
    for (int at = 0; at < 2; at++) {
        SSL_CTX *server = server_set_up(versions[at]);
        SSL_CTX *client = client_context(NULL, NULL, NULL, 0);
        for (int round = 0; round < 2; round++) {
            connection open = open_connection(server, client);
            CHECK(shake_hands(&open));
            CHECK(SSL_session_reused(open.server) == round);
            CHECK_STATUS(CBA_STATUS_NO_CERTIFICATE, judge(open.server, bare));
            close_connection(&open);
        }
        drop_ticket();
        SSL_CTX_free(server);
        SSL_CTX_free(client);
    }
}

static void a_bad_certificate_ends_its_handshake_and_is_refused(void) {
    static const struct {
        const char *leaf, *key;
        cba_status reason;
    } cases[] = {
        { "forged.crt", "forged.key", CBA_STATUS_UNKNOWN_ISSUER },
        { "version-1.crt", "alice.key", CBA_STATUS_VERSION1 },
        { "no-purpose.crt", "no-purpose.key", CBA_STATUS_MISSING_EXTENDED_KEY_USAGE },
        { "server.crt", "server.key", CBA_STATUS_MISSING_EXTENDED_KEY_USAGE },
        { "two.crt", "two.key", CBA_STATUS_AMBIGUOUS_IDENTITY },
    };
    for (int at = 0; at < 2; at++) {
        for (size_t which = 0; which < sizeof(cases) / sizeof(*cases); which++) {
            SSL_CTX *server = server_set_up(versions[at]);
            SSL_CTX *client = client_context(cases[which].leaf, cases[which].key, "issuing.crt", 1);
            for (int round = 0; round < 2; round++) {
                connection open = open_connection(server, client);
                CHECK(shake_hands(&open));
                CHECK(SSL_session_reused(open.server) == round);
                CHECK_STATUS(cases[which].reason, judge(open.server, bare));
                close_connection(&open);
            }
            drop_ticket();
            SSL_CTX_free(server);
            SSL_CTX_free(client);
        }
    }
}

static void what_is_denied_later_is_refused_on_its_resumed_session(void) {
    for (int at = 0; at < 2; at++) {
        SSL_CTX *server = server_set_up(versions[at]);
        SSL_CTX *client = client_context("alice.crt", "alice.key", "issuing.crt", 1);
        connection open = open_connection(server, client);
        cba_openssl_peer peer = CBA_OPENSSL_PEER_INIT;
        cba_request request = request_now();
        cba_device device;
        char line[128];
        int len = sprintf(line, "certificate ");
        CHECK(shake_hands(&open));
        CHECK_STATUS(CBA_OK, cba_openssl_peer_read(open.server, &peer, &request));
        cba_authenticate(bare, &request, workspace, NULL, &device, NULL);
        for (int byte = 0; byte < 32; byte++) {
            len += sprintf(line + len, "%02x", device.fingerprint[byte]);
        }
        /* The connection may go first. */
        close_connection(&open);
        CHECK(check_same(device.name, "Alice"));
        cba_openssl_peer_free(&peer);
        cba_verifier *later = check_verifier("root.crt", NULL, line);
        open = open_connection(server, client);
        CHECK(shake_hands(&open) && SSL_session_reused(open.server));
        CHECK_STATUS(CBA_STATUS_DENIED, judge(open.server, later));
        close_connection(&open);
        drop_ticket();
        free(later);
        SSL_CTX_free(server);
        SSL_CTX_free(client);
    }
}

static void possession_holds_only_once_the_handshake_is_complete(void) {
    for (int at = 0; at < 2; at++) {
        SSL_CTX *server = server_set_up(versions[at]);
        SSL_CTX *client = client_context("alice.crt", "alice.key", "issuing.crt", 1);
        for (int round = 0; round < 2; round++) {
            connection open = open_connection(server, client);
            unsigned early = 0;
            /* A record at a time would be finer; a flight at a time is what the interface gives. */
            while (!SSL_is_init_finished(open.server) && early < 10) {
                cba_openssl_peer peer = CBA_OPENSSL_PEER_INIT;
                cba_request request = request_now();
                cba_decision decision;
                CHECK_STATUS(CBA_OK, cba_openssl_peer_read(open.server, &peer, &request));
                CHECK(request.possession == CBA_POSSESSION_UNPROVEN);
                cba_authenticate(with_issuing, &request, workspace, &decision, NULL, NULL);
                CHECK(decision.verdict == CBA_REFUSED);
                CHECK_STATUS(
                    request.leaf.len == 0 ? CBA_STATUS_NO_CERTIFICATE : CBA_STATUS_POSSESSION_NOT_PROVEN,
                    decision.reason);
                /* On a resumed session the certificate is there before the key is proven. */
                CHECK(request.leaf.len == 0 || round == 1);
                cba_openssl_peer_free(&peer);
                early++;
                step(&open);
            }
            CHECK(early > 0 && shake_hands(&open));
            CHECK(SSL_session_reused(open.server) == round);
            CHECK_STATUS(CBA_OK, judge(open.server, bare));
            close_connection(&open);
        }
        drop_ticket();
        SSL_CTX_free(server);
        SSL_CTX_free(client);
    }
}

static int inside_called;

/* Where the certificate is known, and the key is not proven yet: in the verification itself. */
static int inside(X509_STORE_CTX *store, void *unused) {
    SSL *ssl = (SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    cba_openssl_peer peer = CBA_OPENSSL_PEER_INIT;
    cba_request request = request_now();
    int result = cba_openssl_verify(store, unused);
    CHECK_STATUS(CBA_OK, cba_openssl_peer_read(ssl, &peer, &request));
    CHECK(request.possession == CBA_POSSESSION_UNPROVEN);
    cba_openssl_peer_free(&peer);
    inside_called++;
    return result;
}

static void the_key_is_not_proven_when_the_certificate_comes(void) {
    for (int at = 0; at < 2; at++) {
        SSL_CTX *server = server_set_up(versions[at]);
        SSL_CTX *client = client_context("alice.crt", "alice.key", "issuing.crt", 1);
        SSL_CTX_set_cert_verify_callback(server, inside, NULL);
        connection open = open_connection(server, client);
        CHECK(shake_hands(&open));
        CHECK(inside_called == at + 1);
        CHECK_STATUS(CBA_OK, judge(open.server, bare));
        close_connection(&open);
        drop_ticket();
        SSL_CTX_free(server);
        SSL_CTX_free(client);
    }
}

/* A host that allows early data all the same, and decides while it comes. */
static void early_data_proves_nothing(void) {
    SSL_CTX *server = server_set_up(TLS1_3_VERSION);
    SSL_CTX *client = client_context("alice.crt", "alice.key", "issuing.crt", 1);
    connection open = open_connection(server, client);
    CHECK(shake_hands(&open));
    close_connection(&open);
    CHECK(ticket != NULL && SSL_SESSION_get_max_early_data(ticket) == 0);
    drop_ticket();
    SSL_CTX_set_max_early_data(server, 1000);
    open = open_connection(server, client);
    CHECK(shake_hands(&open));
    close_connection(&open);
    CHECK(ticket != NULL && SSL_SESSION_get_max_early_data(ticket) == 1000);

    char data[16];
    size_t len = 0;
    open = open_connection(server, client);
    CHECK(SSL_write_early_data(open.client, "replayed", 8, &len) == 1 && len == 8);
    CHECK(SSL_read_early_data(open.server, data, sizeof(data), &len) == SSL_READ_EARLY_DATA_SUCCESS
          && len == 8);
    CHECK_STATUS(CBA_STATUS_POSSESSION_NOT_PROVEN, judge(open.server, bare));
    CHECK(SSL_do_handshake(open.client) == 1);
    CHECK(SSL_read_early_data(open.server, data, sizeof(data), &len) == SSL_READ_EARLY_DATA_FINISH);
    CHECK(shake_hands(&open) && SSL_session_reused(open.server));
    CHECK_STATUS(CBA_OK, judge(open.server, bare));
    close_connection(&open);
    drop_ticket();
    SSL_CTX_free(server);
    SSL_CTX_free(client);
}

static void a_long_list_of_certificates_ends_the_handshake(void) {
    for (int at = 0; at < 2; at++) {
        SSL_CTX *client = client_context("alice.crt", "alice.key", "issuing.crt", 60);
        SSL_CTX *server = server_set_up(versions[at]);
        connection open = open_connection(server, client);
        CHECK(!shake_hands(&open));
        CHECK(!SSL_is_init_finished(open.server));
        close_connection(&open);
        /* A host that reads more does not get it into a session. */
        SSL_CTX_set_max_cert_list(server, 100000);
        open = open_connection(server, client);
        CHECK(!shake_hands(&open));
        close_connection(&open);
        drop_ticket();
        SSL_CTX_free(client);
        /* As many as there are allowed are more than there is room for: refused, in full and resumed. */
        client = client_context("alice.crt", "alice.key", "issuing.crt", 20);
        for (int round = 0; round < 2; round++) {
            open = open_connection(server, client);
            CHECK(shake_hands(&open));
            CHECK(SSL_session_reused(open.server) == round);
            CHECK_STATUS(CBA_STATUS_TOO_MANY_CERTIFICATES, judge(open.server, bare));
            close_connection(&open);
        }
        drop_ticket();
        SSL_CTX_free(server);
        SSL_CTX_free(client);
    }
}

static void a_context_that_was_not_set_up(void) {
    for (int at = 0; at < 2; at++) {
        static const unsigned char foreign[] = { 'c', 'b', 'a', 1, 0, 0, 0, 9, 'x' };
        SSL_CTX *server = server_context(versions[at]);
        SSL_CTX *client = client_context("alice.crt", "alice.key", "issuing.crt", 1);
        check_must(SSL_CTX_load_verify_locations(server, path("root.crt"), NULL) == 1, "root.crt");
        SSL_CTX_set_verify(server, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_session_id_context(server, foreign, sizeof(foreign));
        for (int round = 0; round < 2; round++) {
            connection open = open_connection(server, client);
            CHECK(shake_hands(&open) && SSL_session_reused(open.server) == round);
            CHECK_STATUS(round == 0 ? CBA_OK : CBA_STATUS_UNKNOWN_ISSUER, judge(open.server, bare));
            CHECK_STATUS(CBA_OK, judge(open.server, with_issuing));
            /* Appdata that is somebody else's, or not whole, is none. */
            SSL_SESSION_set1_ticket_appdata(SSL_get_session(open.server), foreign, sizeof(foreign));
            CHECK_STATUS(round == 0 ? CBA_OK : CBA_STATUS_UNKNOWN_ISSUER, judge(open.server, bare));
            close_connection(&open);
        }
        drop_ticket();
        SSL_CTX_free(server);
        SSL_CTX_free(client);
    }
}

static void a_client_cannot_renegotiate(void) {
    SSL_CTX *server = server_set_up(TLS1_2_VERSION);
    SSL_CTX *client = client_context("alice.crt", "alice.key", "issuing.crt", 1);
    connection open = open_connection(server, client);
    char byte;
    CHECK(shake_hands(&open));
    SSL_renegotiate(open.client);
    SSL_do_handshake(open.client);
    CHECK(SSL_read(open.server, &byte, 1) <= 0);
    CHECK(SSL_do_handshake(open.client) != 1);
    CHECK(SSL_is_init_finished(open.server));
    CHECK_STATUS(CBA_OK, judge(open.server, bare));
    close_connection(&open);
    drop_ticket();
    SSL_CTX_free(server);
    SSL_CTX_free(client);
}

/* A context that makes connections too must go on judging servers. */
static void a_client_with_that_context_still_verifies_its_server(void) {
    SSL_CTX *server = server_set_up(TLS1_3_VERSION);
    SSL_CTX *client = SSL_CTX_new(TLS_method());
    check_must(client != NULL, "a context");
    CHECK_STATUS(CBA_OK, cba_openssl_server(client));
    connection open = open_connection(server, client);
    CHECK(!shake_hands(&open));
    CHECK(SSL_get_verify_result(open.client) != X509_V_OK);
    close_connection(&open);
    check_must(SSL_CTX_load_verify_locations(client, path("server.crt"), NULL) == 1, "server.crt");
    open = open_connection(server, client);
    CHECK(shake_hands(&open));
    CHECK(SSL_get_verify_result(open.client) == X509_V_OK);
    /* Nor is a server's certificate anybody's login. */
    cba_openssl_peer peer = CBA_OPENSSL_PEER_INIT;
    cba_request request = request_now();
    CHECK_STATUS(CBA_STATUS_INVALID_ARGUMENT, cba_openssl_peer_read(open.client, &peer, &request));
    CHECK(request.leaf.len == 0 && request.possession == CBA_POSSESSION_UNPROVEN && peer.memory == NULL);
    close_connection(&open);
    SSL_CTX_free(server);
    SSL_CTX_free(client);
}

static void misuse(void) {
    SSL_CTX *server = server_set_up(TLS1_3_VERSION);
    SSL_CTX *client = client_context("alice.crt", "alice.key", "issuing.crt", 1);
    connection open = open_connection(server, client);
    cba_openssl_peer peer = CBA_OPENSSL_PEER_INIT;
    cba_request request = request_now();
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_openssl_server(NULL));
    CHECK(shake_hands(&open));
    CHECK_STATUS(CBA_OK, cba_openssl_peer_read(open.server, &peer, &request));
    CHECK(request.leaf.len != 0 && request.presented_len == 1 && peer.memory != NULL);
    /* Filled anew, without a leak. */
    CHECK_STATUS(CBA_OK, cba_openssl_peer_read(open.server, &peer, &request));
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_openssl_peer_read(NULL, &peer, &request));
    CHECK(
        request.leaf.len == 0 && request.presented_len == 0 && request.possession == CBA_POSSESSION_UNPROVEN);
    CHECK(peer.memory == NULL);
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_openssl_peer_read(open.server, NULL, &request));
    CHECK_STATUS(CBA_STATUS_NULL_POINTER, cba_openssl_peer_read(open.server, &peer, NULL));
    cba_openssl_peer_free(&peer);
    cba_openssl_peer_free(&peer);
    cba_openssl_peer_free(NULL);
    close_connection(&open);
    drop_ticket();
    SSL_CTX_free(server);
    SSL_CTX_free(client);
}

static void a_packed_chain_is_read_strictly(void) {
    static const unsigned char good[] = { 'c', 'b', 'a', 1, 0, 0, 0, 2, 'x', 'y', 0, 0, 0, 1, 'z' };
    cba_span spans[2];
    CHECK(cba_openssl_unpack(good, sizeof(good), spans) == 2);
    CHECK(check_same(spans[0], "xy") && check_same(spans[1], "z"));
    CHECK(cba_openssl_unpack(good, 10, NULL) == 1 && cba_openssl_unpack(good, 4, NULL) == 0);
    CHECK(cba_openssl_unpack(NULL, 9, NULL) == 0);
    for (size_t len = 0; len < sizeof(good); len++) {
        /* In memory of exactly that size. */
        unsigned char *part = (unsigned char *)check_alloc(len);
        memcpy(part, good, len);
        CHECK(cba_openssl_unpack(part, len, NULL) == (len == 10 ? 1u : 0u));
        for (size_t at = 4; at + 4 <= len; at++) {
            memset(part + at, 0xff, 4);
            CHECK(cba_openssl_unpack(part, len, NULL) == 0);
            memset(part + at, 0, 4);
            CHECK(cba_openssl_unpack(part, len, NULL) == 0);
            memcpy(part, good, len);
        }
        free(part);
    }
    unsigned char bad[sizeof(good)];
    for (size_t at = 0; at < 4; at++) {
        memcpy(bad, good, sizeof(good));
        bad[at] ^= 1;
        CHECK(cba_openssl_unpack(bad, sizeof(bad), NULL) == 0);
    }
}

int main(int count, char **arguments) {
    check_must(count == 2, "one argument, the DIRECTORY of certificates.sh");
    check_directory = arguments[1];
    bare = check_verifier("root.crt", NULL, NULL);
    with_issuing = check_verifier("root.crt", "issuing.crt", NULL);
    workspace = check_workspace(CBA_OPENSSL_PRESENTED);
    RUN(full_and_resumed_with_and_without_intermediates);
    RUN(a_client_without_a_certificate);
    RUN(a_bad_certificate_ends_its_handshake_and_is_refused);
    RUN(what_is_denied_later_is_refused_on_its_resumed_session);
    RUN(possession_holds_only_once_the_handshake_is_complete);
    RUN(the_key_is_not_proven_when_the_certificate_comes);
    RUN(early_data_proves_nothing);
    RUN(a_long_list_of_certificates_ends_the_handshake);
    RUN(a_context_that_was_not_set_up);
    RUN(a_client_cannot_renegotiate);
    RUN(a_client_with_that_context_still_verifies_its_server);
    RUN(misuse);
    RUN(a_packed_chain_is_read_strictly);
    free(bare);
    free(with_issuing);
    free(workspace);
    return check_conclude("openssl");
}
