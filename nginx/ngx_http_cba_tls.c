/*
 * Handshakes: asks for the client's certificate, lets libcba judge it, and keeps the verdict on the
 * connection.
 *
 * OpenSSL verifies nothing: its callback is ours. A client that is refused still completes the handshake, so
 * that its request can be answered; the result that OpenSSL keeps in the session is never read. What comes
 * back with a resumed session is judged again, with the intermediates that the session carries along.
 */

#include "ngx_http_cba_module.h"


static int ngx_http_cba_verify(X509_STORE_CTX *store, void *arg);
static ngx_http_cba_verdict_t *ngx_http_cba_judge(ngx_ssl_conn_t *ssl,
    ngx_http_cba_srv_conf_t *cscf, X509 *leaf, STACK_OF(X509) *chain);
static void ngx_http_cba_identify(ngx_http_cba_verdict_t *verdict,
    ngx_http_cba_srv_conf_t *cscf, cba_span leaf, cba_span *presented, ngx_uint_t n,
    ngx_pool_t *pool);
static ngx_int_t ngx_http_cba_describe(ngx_http_cba_verdict_t *verdict,
    cba_device *device, ngx_pool_t *pool);
static ngx_int_t ngx_http_cba_hex(ngx_pool_t *pool, ngx_str_t *text,
    const uint8_t *bytes, size_t len);
static void ngx_http_cba_keep_chain(SSL_SESSION *session, cba_span *presented,
    ngx_uint_t n);
static ngx_uint_t ngx_http_cba_kept_chain(SSL_SESSION *session,
    cba_span *presented, ngx_uint_t max);


/* Where a connection keeps its verdicts. */
static int  ngx_http_cba_verdict_index = -1;

static const ngx_str_t  ngx_http_cba_device_kinds[] = {
    ngx_null_string,
    ngx_string("serial:"),
    ngx_string("uri:"),
    ngx_string("dns:"),
    ngx_string("cn:")
};


/* What all servers share: a place on connections, and memory to work in. */

cba_workspace *
ngx_http_cba_tls_init(ngx_conf_t *cf)
{
    size_t          size;
    void           *memory;
    cba_status      status;
    cba_workspace  *workspace;

    if (ngx_http_cba_verdict_index == -1) {
        ngx_http_cba_verdict_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);

        if (ngx_http_cba_verdict_index == -1) {
            ngx_ssl_error(NGX_LOG_EMERG, cf->log, 0, "SSL_get_ex_new_index() failed");
            return NULL;
        }
    }

    size = CBA_WORKSPACE_SIZE(NGX_HTTP_CBA_PRESENTED);

    memory = ngx_pmemalign(cf->pool, size, CBA_WORKSPACE_ALIGN);
    if (memory == NULL) {
        return NULL;
    }

    status = cba_workspace_init(memory, size, &workspace);
    if (status != CBA_OK) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "cba_workspace_init() failed: %s",
                      cba_status_str(status));
        return NULL;
    }

    return workspace;
}


/* Sets up a server's handshakes. */

ngx_int_t
ngx_http_cba_tls_server(ngx_conf_t *cf, ngx_http_cba_srv_conf_t *cscf, SSL_CTX *ctx)
{
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);

    SSL_CTX_set_cert_verify_callback(ctx, ngx_http_cba_verify, cscf);

    if (cscf->advertise) {
        return ngx_http_cba_advertise(cf, cscf, ctx);
    }

    SSL_CTX_set_client_CA_list(ctx, sk_X509_NAME_new_null());

    return NGX_OK;
}


/*
 * OpenSSL asks in a full handshake whether the certificate is good, before the client has proven that it
 * holds the key. The handshake goes on whatever the verdict: the request then comes, and is refused with a
 * reason. The result that OpenSSL keeps is never a success, but an error that NGINX forgives: it outlives a
 * later revocation in the session, and must not vouch for anybody, here or in a server that reads it.
 */

static int
ngx_http_cba_verify(X509_STORE_CTX *store, void *arg)
{
    ngx_http_cba_srv_conf_t  *cscf = arg;

    ngx_ssl_conn_t  *ssl;

    ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

    (void) ngx_http_cba_judge(ssl, cscf, X509_STORE_CTX_get0_cert(store),
                              X509_STORE_CTX_get0_untrusted(store));

    X509_STORE_CTX_set_error(store, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);

    return 1;
}


/* The verdict on the client's certificate by the rules of the server that the request is for. */

ngx_http_cba_verdict_t *
ngx_http_cba_verdict(ngx_http_request_t *r)
{
    X509                     *leaf;
    ngx_ssl_conn_t           *ssl;
    ngx_http_cba_verdict_t   *verdict;
    ngx_http_cba_srv_conf_t  *cscf;

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_cba_module);

    if (cscf->verifier == NULL || r->connection->ssl == NULL) {
        return NULL;
    }

    ssl = r->connection->ssl->connection;

    for (verdict = SSL_get_ex_data(ssl, ngx_http_cba_verdict_index);
         verdict;
         verdict = verdict->next)
    {
        if (verdict->server == cscf && verdict->generation == ngx_http_cba_generation(cscf)) {
            return verdict;
        }
    }

    leaf = SSL_get_peer_certificate(ssl);

    verdict = ngx_http_cba_judge(ssl, cscf, leaf, SSL_get_peer_cert_chain(ssl));

    X509_free(leaf);

    return verdict;
}


/* Whether the client has not yet proven that it holds the key: early data can be replayed. */

ngx_int_t
ngx_http_cba_is_early(ngx_http_request_t *r)
{
    return r->connection->ssl != NULL
           && !SSL_is_init_finished(r->connection->ssl->connection);
}


/* What the certificate alone is good for: decided once for the connection, and again when it expires. */

const cba_decision *
ngx_http_cba_primary(ngx_http_request_t *r, ngx_http_cba_verdict_t *verdict)
{
    cba_request  request = CBA_REQUEST_INIT;

    if (verdict->settled && (verdict->primary.verdict != CBA_LOGIN
                             || ngx_time() <= verdict->not_after))
    {
        return &verdict->primary;
    }

    request.mode = CBA_MODE_PRIMARY;
    request.time = ngx_time();

    if (!ngx_http_cba_is_early(r)) {
        request.possession = CBA_POSSESSION_PROVEN_BY_TLS;
        verdict->settled = 1;
    }

    cba_decide(&verdict->credential, &request, &verdict->primary, NULL);

    return &verdict->primary;
}


/* Judges a certificate, or that there is none, and keeps the verdict on the connection. */

static ngx_http_cba_verdict_t *
ngx_http_cba_judge(ngx_ssl_conn_t *ssl, ngx_http_cba_srv_conf_t *cscf, X509 *leaf,
    STACK_OF(X509) *chain)
{
    int                      i, len;
    u_char                  *der[NGX_HTTP_CBA_PRESENTED + 2];
    X509                    *x509;
    cba_span                 certificates[NGX_HTTP_CBA_PRESENTED + 2];
    ngx_uint_t               n, k, presented;
    SSL_SESSION             *session;
    ngx_connection_t        *c;
    ngx_http_cba_verdict_t  *verdict;

    c = ngx_ssl_get_connection(ssl);

    verdict = ngx_pcalloc(c->pool, sizeof(ngx_http_cba_verdict_t));
    if (verdict == NULL) {
        return NULL;
    }

    verdict->server = cscf;
    verdict->certificate = (leaf != NULL);

    certificates[0].ptr = NULL;
    certificates[0].len = 0;

    /* The leaf first, and one certificate more than are accepted, so that too many are seen as such. */

    n = 0;

    for (i = -1; leaf != NULL && (i == -1 || i < sk_X509_num(chain)); i++) {

        x509 = (i == -1) ? leaf : sk_X509_value(chain, i);

        if (i != -1 && x509 == leaf) {
            continue;
        }

        if (n == NGX_HTTP_CBA_PRESENTED + 2) {
            break;
        }

        der[n] = NULL;

        len = i2d_X509(x509, &der[n]);
        if (len <= 0) {
            ngx_ssl_error(NGX_LOG_ERR, c->log, 0, "i2d_X509() failed");
            verdict = NULL;
            goto done;
        }

        certificates[n].ptr = der[n];
        certificates[n++].len = len;
    }

    session = SSL_get0_session(ssl);
    presented = n ? n - 1 : 0;

    if (leaf != NULL && session != NULL) {

        if (presented == 0) {
            presented = ngx_http_cba_kept_chain(session, &certificates[1],
                                                NGX_HTTP_CBA_PRESENTED + 1);

        } else if (!SSL_is_init_finished(ssl)) {
            ngx_http_cba_keep_chain(session, &certificates[1], presented);
        }
    }

    ngx_http_cba_identify(verdict, cscf, certificates[0], &certificates[1], presented,
                          c->pool);

    verdict->next = SSL_get_ex_data(ssl, ngx_http_cba_verdict_index);

    if (!SSL_set_ex_data(ssl, ngx_http_cba_verdict_index, verdict)) {
        ngx_ssl_error(NGX_LOG_ERR, c->log, 0, "SSL_set_ex_data() failed");
        verdict = NULL;
    }

done:

    for (k = 0; k < n; k++) {
        OPENSSL_free(der[k]);
    }

    return verdict;
}


static void
ngx_http_cba_identify(ngx_http_cba_verdict_t *verdict, ngx_http_cba_srv_conf_t *cscf,
    cba_span leaf, cba_span *presented, ngx_uint_t n, ngx_pool_t *pool)
{
    cba_device           device;
    cba_request          request = CBA_REQUEST_INIT;
    const cba_verifier  *verifier;

    request.leaf = leaf;
    request.presented = presented;
    request.presented_len = n;
    request.time = ngx_time();

    verifier = ngx_http_cba_acquire(cscf, &verdict->generation);

    cba_identify(verifier, &request, cscf->workspace, &verdict->credential, &device,
                 &verdict->audit);

    ngx_http_cba_release(cscf);

    if (verdict->audit.reason != CBA_OK) {
        return;
    }

    verdict->not_after = device.not_after;

    if (ngx_http_cba_describe(verdict, &device, pool) != NGX_OK) {
        /* Who cannot be described in full is not let in. */
        ngx_memzero(&verdict->credential, sizeof(cba_credential));
        verdict->audit.reason = CBA_STATUS_NOT_INITIALIZED;
    }
}


/* The texts of the variables: the device's spans do not outlive this call. */

static ngx_int_t
ngx_http_cba_describe(ngx_http_cba_verdict_t *verdict, cba_device *device, ngx_pool_t *pool)
{
    u_char           *p;
    const ngx_str_t  *kind;

    if (ngx_http_cba_hex(pool, &verdict->fingerprint, device->fingerprint, 32) != NGX_OK
        || ngx_http_cba_hex(pool, &verdict->spki, device->public_key_hash, 32) != NGX_OK
        || ngx_http_cba_hex(pool, &verdict->serial, device->serial.ptr, device->serial.len)
           != NGX_OK
        || ngx_http_cba_hex(pool, &verdict->issuer, verdict->audit.issuer, 32) != NGX_OK)
    {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(pool, NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    verdict->not_after_text.data = p;
    verdict->not_after_text.len = ngx_sprintf(p, "%L", (int64_t) device->not_after) - p;

    if (device->name_kind == CBA_DEVICE_NONE
        || device->name_kind >= sizeof(ngx_http_cba_device_kinds) / sizeof(ngx_str_t))
    {
        return NGX_OK;
    }

    kind = &ngx_http_cba_device_kinds[device->name_kind];

    p = ngx_pnalloc(pool, kind->len + device->name.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    verdict->device.data = p;
    verdict->device.len = kind->len + device->name.len;

    p = ngx_cpymem(p, kind->data, kind->len);
    ngx_memcpy(p, device->name.ptr, device->name.len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_cba_hex(ngx_pool_t *pool, ngx_str_t *text, const uint8_t *bytes, size_t len)
{
    text->data = ngx_pnalloc(pool, 2 * len + 1);
    if (text->data == NULL) {
        return NGX_ERROR;
    }

    text->len = ngx_hex_dump(text->data, (u_char *) bytes, len) - text->data;

    return NGX_OK;
}


/*
 * A session keeps the leaf but not the chain, so the chain goes into its ticket data: four bytes of length
 * before each certificate. It comes back encrypted and authenticated, or out of our own cache.
 */

static void
ngx_http_cba_keep_chain(SSL_SESSION *session, cba_span *presented, ngx_uint_t n)
{
    size_t       size;
    u_char      *data, *p;
    ngx_uint_t   i;

    size = 0;

    for (i = 0; i < n; i++) {
        size += 4 + presented[i].len;
    }

    data = ngx_alloc(size, ngx_cycle->log);
    if (data == NULL) {
        return;
    }

    p = data;

    for (i = 0; i < n; i++) {
        *p++ = (u_char) (presented[i].len >> 24);
        *p++ = (u_char) (presented[i].len >> 16);
        *p++ = (u_char) (presented[i].len >> 8);
        *p++ = (u_char) presented[i].len;
        p = ngx_cpymem(p, presented[i].ptr, presented[i].len);
    }

    /* Copies; without it a resumed session finds no issuer, and is refused. */
    (void) SSL_SESSION_set1_ticket_appdata(session, data, size);

    ngx_free(data);
}


static ngx_uint_t
ngx_http_cba_kept_chain(SSL_SESSION *session, cba_span *presented, ngx_uint_t max)
{
    void        *data;
    size_t       left, len;
    u_char      *p;
    ngx_uint_t   n;

    if (SSL_SESSION_get0_ticket_appdata(session, &data, &left) != 1) {
        return 0;
    }

    p = data;

    for (n = 0; n < max && left >= 4; n++) {
        len = ((size_t) p[0] << 24) | ((size_t) p[1] << 16) | ((size_t) p[2] << 8) | p[3];

        p += 4;
        left -= 4;

        if (len > left) {
            return 0;
        }

        presented[n].ptr = p;
        presented[n].len = len;

        p += len;
        left -= len;
    }

    return n;
}
