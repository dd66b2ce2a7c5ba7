/*
 * The phases in which places are guarded.
 *
 * What a whole server asks for is required before its rewrite directives run, so that neither `return` nor
 * `satisfy` can answer; what a location asks for, before its own, the comparison with the e-mail that the user
 * typed among it. That is made once more before access is decided: they may have set what is compared.
 *
 * In both rewrite phases our handler stands in the place of the first one, mostly the rewrite module's, and calls
 * it afterwards. A handler of its own in front would move the rewrite module's, which tells by its place
 * whether a server's directives are run already.
 */

#include "ngx_http_cba_module.h"


static ngx_int_t ngx_http_cba_replace_first(ngx_array_t *handlers,
    ngx_http_handler_pt handler, ngx_http_handler_pt *next);
static ngx_int_t ngx_http_cba_server_rewrite_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_cba_rewrite_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_cba_preaccess_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_cba_require_certificate(ngx_http_request_t *r,
    ngx_http_cba_loc_conf_t *clcf);
static ngx_int_t ngx_http_cba_compare(ngx_http_request_t *r,
    ngx_http_cba_loc_conf_t *clcf);
static ngx_int_t ngx_http_cba_read_body(ngx_http_request_t *r);
static void ngx_http_cba_body_handler(ngx_http_request_t *r);
static const cba_decision *ngx_http_cba_refusal(ngx_http_cba_ctx_t *ctx,
    cba_status reason);
static ngx_int_t ngx_http_cba_refuse(ngx_http_request_t *r, ngx_http_cba_loc_conf_t *clcf,
    ngx_http_cba_verdict_t *verdict, const cba_decision *decision);
static void ngx_http_cba_log_refusal(ngx_http_request_t *r, ngx_uint_t level,
    ngx_http_cba_verdict_t *verdict, const cba_decision *decision);
static u_char *ngx_http_cba_log_hex(u_char *p, uint32_t has, const uint8_t *bytes,
    size_t len);
static void ngx_http_cba_cleanup(void *data);


static ngx_http_handler_pt  ngx_http_cba_next_server_rewrite_handler;
static ngx_http_handler_pt  ngx_http_cba_next_rewrite_handler;


ngx_int_t
ngx_http_cba_init_phases(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    if (ngx_http_cba_replace_first(&cmcf->phases[NGX_HTTP_SERVER_REWRITE_PHASE].handlers,
                                   ngx_http_cba_server_rewrite_handler,
                                   &ngx_http_cba_next_server_rewrite_handler)
        != NGX_OK
        || ngx_http_cba_replace_first(&cmcf->phases[NGX_HTTP_REWRITE_PHASE].handlers,
                                      ngx_http_cba_rewrite_handler,
                                      &ngx_http_cba_next_rewrite_handler)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PREACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_cba_preaccess_handler;

    return NGX_OK;
}


/* Handlers run in the opposite order of the array: the last is the first. */

static ngx_int_t
ngx_http_cba_replace_first(ngx_array_t *handlers, ngx_http_handler_pt handler,
    ngx_http_handler_pt *next)
{
    ngx_http_handler_pt  *h;

    if (handlers->nelts) {
        h = handlers->elts;
        h += handlers->nelts - 1;
        *next = *h;

    } else {
        h = ngx_array_push(handlers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        *next = NULL;
    }

    *h = handler;

    return NGX_OK;
}


/*
 * What the whole server asks for, of the client's own request: an internal redirect comes from one that
 * passed, or leads to the page for one that was refused.
 */

static ngx_int_t
ngx_http_cba_server_rewrite_handler(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_http_cba_srv_conf_t  *cscf;

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_cba_module);

    rc = NGX_DECLINED;

    if (cscf->whole && !r->internal) {
        rc = ngx_http_cba_require_certificate(r,
                                ngx_http_get_module_loc_conf(r, ngx_http_cba_module));
    }

    if (rc == NGX_DECLINED && ngx_http_cba_next_server_rewrite_handler) {
        return ngx_http_cba_next_server_rewrite_handler(r);
    }

    return rc;
}


/*
 * What the location asks for. An e-mail that is not known yet is a refusal here already: its own directives could
 * lead the request to a place that asks for less.
 */

static ngx_int_t
ngx_http_cba_rewrite_handler(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_http_cba_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_cba_module);

    rc = ngx_http_cba_require_certificate(r, clcf);

    if (rc == NGX_DECLINED && clcf->mode == NGX_HTTP_CBA_SECONDARY) {
        rc = ngx_http_cba_compare(r, clcf);
    }

    if (rc == NGX_DECLINED && ngx_http_cba_next_rewrite_handler) {
        return ngx_http_cba_next_rewrite_handler(r);
    }

    return rc;
}


/* Variables may have been set by the location's own directives: the e-mail is compared as it is now. */

static ngx_int_t
ngx_http_cba_preaccess_handler(ngx_http_request_t *r)
{
    ngx_http_cba_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_cba_module);

    if (clcf->mode != NGX_HTTP_CBA_SECONDARY) {
        return NGX_DECLINED;
    }

    return ngx_http_cba_compare(r, clcf);
}


/* Requires that the e-mail that the user typed is the certificate's. */

static ngx_int_t
ngx_http_cba_compare(ngx_http_request_t *r, ngx_http_cba_loc_conf_t *clcf)
{
    ngx_int_t                rc;
    const cba_decision      *decision;
    ngx_http_cba_ctx_t      *ctx;
    ngx_http_cba_verdict_t  *verdict;

    if (clcf->reads_body) {
        rc = ngx_http_cba_read_body(r);

        if (rc != NGX_OK) {
            return rc;
        }
    }

    verdict = ngx_http_cba_verdict(r);

    ctx = ngx_http_cba_make_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->decided = NULL;

    decision = ngx_http_cba_decide(r, clcf, verdict);
    if (decision == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (decision->verdict == CBA_CONTINUE_WITH_PASSWORD) {

        /* Decided with the typed e-mail in hand: it stays decided for this place. */

        ctx->decided = r;
        ctx->place = clcf;

        return NGX_DECLINED;
    }

    return ngx_http_cba_refuse(r, clcf, verdict, decision);
}


/* Requires a certificate that could log in, whatever the user typed. */

static ngx_int_t
ngx_http_cba_require_certificate(ngx_http_request_t *r, ngx_http_cba_loc_conf_t *clcf)
{
    const cba_decision      *decision;
    ngx_http_cba_ctx_t      *ctx;
    ngx_http_cba_verdict_t  *verdict;

    if (clcf->mode == NGX_HTTP_CBA_OFF) {
        return NGX_DECLINED;
    }

    verdict = ngx_http_cba_verdict(r);

    if (verdict && clcf->mode != NGX_HTTP_CBA_SWITCHED_OFF && !ngx_http_cba_is_early(r)) {

        decision = ngx_http_cba_primary(r, verdict);

        if (decision->verdict == CBA_LOGIN) {
            return NGX_DECLINED;
        }

    } else {
        ctx = ngx_http_cba_make_ctx(r);
        if (ctx == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        decision = ngx_http_cba_refusal(ctx,
                            (clcf->mode == NGX_HTTP_CBA_SWITCHED_OFF)
                            ? CBA_STATUS_LOGIN_DISABLED
                            : verdict ? CBA_STATUS_POSSESSION_NOT_PROVEN
                            : CBA_STATUS_NO_CERTIFICATE);
    }

    return ngx_http_cba_refuse(r, clcf, verdict, decision);
}


/*
 * The decision of a place. NULL if there is no memory for it. In a place that compares, it is made anew at
 * each call until the comparison has its phase: what the user typed may not be known before.
 */

const cba_decision *
ngx_http_cba_decide(ngx_http_request_t *r, ngx_http_cba_loc_conf_t *clcf,
    ngx_http_cba_verdict_t *verdict)
{
    ngx_str_t            login;
    cba_request          request = CBA_REQUEST_INIT;
    ngx_http_cba_ctx_t  *ctx;

    if (clcf->mode == NGX_HTTP_CBA_PRIMARY && verdict && !ngx_http_cba_is_early(r)) {
        return ngx_http_cba_primary(r, verdict);
    }

    ctx = ngx_http_cba_make_ctx(r);
    if (ctx == NULL) {
        return NULL;
    }

    if (ctx->decided == r && ctx->place == clcf) {
        return &ctx->decision;
    }

    ctx->decided = NULL;

    if (clcf->mode == NGX_HTTP_CBA_SWITCHED_OFF) {
        return ngx_http_cba_refusal(ctx, CBA_STATUS_LOGIN_DISABLED);
    }

    if (verdict == NULL) {
        return ngx_http_cba_refusal(ctx, CBA_STATUS_NO_CERTIFICATE);
    }

    if (ngx_http_cba_is_early(r)) {
        return ngx_http_cba_refusal(ctx, CBA_STATUS_POSSESSION_NOT_PROVEN);
    }

    ctx->body_status = CBA_OK;

    if (ngx_http_complex_value(r, clcf->login, &login) != NGX_OK) {
        return NULL;
    }

    if (ctx->body_status != CBA_OK
        && ngx_http_cba_primary(r, verdict)->verdict == CBA_LOGIN)
    {
        return ngx_http_cba_refusal(ctx, ctx->body_status);
    }

    request.mode = CBA_MODE_SECONDARY;
    request.possession = CBA_POSSESSION_PROVEN_BY_TLS;
    request.time = ngx_time();
    request.login_id.ptr = login.data;
    request.login_id.len = login.len;

    cba_decide(&verdict->credential, &request, &ctx->decision, NULL);

    return &ctx->decision;
}


static const cba_decision *
ngx_http_cba_refusal(ngx_http_cba_ctx_t *ctx, cba_status reason)
{
    ctx->decided = NULL;

    ngx_memzero(&ctx->decision, sizeof(cba_decision));

    ctx->decision.verdict = CBA_REFUSED;
    ctx->decision.reason = reason;

    return &ctx->decision;
}


/* Answers a request that is refused, or lets it pass where nothing is enforced; logs it once. */

static ngx_int_t
ngx_http_cba_refuse(ngx_http_request_t *r, ngx_http_cba_loc_conf_t *clcf,
    ngx_http_cba_verdict_t *verdict, const cba_decision *decision)
{
    SSL_CTX                  *negotiated;
    ngx_http_cba_ctx_t       *ctx;
    ngx_http_ssl_srv_conf_t  *sscf;

    ctx = ngx_http_cba_make_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* Once, and once more if what was only warned of is refused after all. */

    if (!ctx->logged || (clcf->enforce && !ctx->logged_enforced)) {
        ctx->logged = 1;
        ctx->logged_enforced = (clcf->enforce == 1);
        ngx_http_cba_log_refusal(r, clcf->enforce ? NGX_LOG_ERR : NGX_LOG_WARN, verdict,
                                 decision);
    }

    if (!clcf->enforce) {
        return NGX_DECLINED;
    }

    ctx->refused = r;
    ctx->refusal = *decision;

    if (clcf->mode == NGX_HTTP_CBA_SWITCHED_OFF) {
        return NGX_HTTP_FORBIDDEN;
    }

    if (ngx_http_cba_is_early(r)) {
        return NGX_HTTP_CBA_TOO_EARLY;
    }

    /*
     * A browser may come on a connection to another server of the same name's certificate, in whose
     * handshake no certificate was asked for: it is told to open one for this server.
     */

    if (verdict && !verdict->certificate && r->main->http_connection->ssl_servername) {
        sscf = ngx_http_get_module_srv_conf(r, ngx_http_ssl_module);
        negotiated = SSL_get_SSL_CTX(r->connection->ssl->connection);

        if (negotiated != sscf->ssl.ctx) {
            return NGX_HTTP_MISDIRECTED_REQUEST;
        }
    }

    return NGX_HTTP_FORBIDDEN;
}


static void
ngx_http_cba_log_refusal(ngx_http_request_t *r, ngx_uint_t level,
    ngx_http_cba_verdict_t *verdict, const cba_decision *decision)
{
    u_char      *p, fingerprint[65], issuer[65], serial[49];
    u_char       depth[NGX_INT32_LEN + 1], offset[NGX_INT32_LEN + 1];
    cba_audit   *audit, none;

    ngx_memzero(&none, sizeof(cba_audit));

    audit = verdict ? &verdict->audit : &none;

    p = ngx_http_cba_log_hex(fingerprint, audit->has_fingerprint, audit->fingerprint, 32);
    *p = '\0';

    p = ngx_http_cba_log_hex(issuer, audit->has_issuer, audit->issuer, 32);
    *p = '\0';

    p = ngx_http_cba_log_hex(serial, audit->serial_len, audit->serial, audit->serial_len);
    *p = '\0';

    if (audit->has_fingerprint) {
        *ngx_sprintf(depth, "%uD", decision->depth) = '\0';
        *ngx_sprintf(offset, "%uD", decision->offset) = '\0';

    } else {
        *ngx_cpymem(depth, "-", 1) = '\0';
        *ngx_cpymem(offset, "-", 1) = '\0';
    }

    ngx_log_error(level, r->connection->log, 0,
                  "cba: refused: %s (%uD), certificate %s, byte %s, fingerprint %s, "
                  "issuer %s, serial %s",
                  cba_status_str(decision->reason), decision->reason, depth, offset,
                  fingerprint, issuer, serial);
}


static u_char *
ngx_http_cba_log_hex(u_char *p, uint32_t has, const uint8_t *bytes, size_t len)
{
    if (!has) {
        *p++ = '-';
        return p;
    }

    return ngx_hex_dump(p, (u_char *) bytes, len);
}


/* Reads the body of a login request, and leaves it for whoever comes next. */

static ngx_int_t
ngx_http_cba_read_body(ngx_http_request_t *r)
{
    ngx_int_t            rc;
    ngx_http_cba_ctx_t  *ctx;

    ctx = ngx_http_cba_make_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /*
     * A subrequest cannot read it: where the main request has not, there is none, and nothing to compare. Who
     * comes again while it lacks is led here by an error page: it is not to be had any more.
     */

    if (ctx->body_lacks || r->request_body || r != r->main) {
        return NGX_OK;
    }

    ctx->body_lacks = 1;

    /* A discarded one would call the handler at once, with nothing; one that is too long is not worth reading. */

    if (r->discard_body || r->headers_in.content_length_n > NGX_HTTP_CBA_MAX_BODY) {
        return NGX_OK;
    }

    rc = ngx_http_read_client_request_body(r, ngx_http_cba_body_handler);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    ngx_http_finalize_request(r, NGX_DONE);

    return NGX_DONE;
}


static void
ngx_http_cba_body_handler(ngx_http_request_t *r)
{
    ngx_http_cba_ctx_t  *ctx;

    ctx = ngx_http_cba_get_ctx(r);

    if (ctx) {
        ctx->body_lacks = 0;
    }

    r->preserve_body = 1;

    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


/* The context is kept with the request's memory: internal redirects forget those of modules. */

ngx_http_cba_ctx_t *
ngx_http_cba_get_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t  *cln;
    ngx_http_cba_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_cba_module);

    if (ctx == NULL && (r->internal || r->filter_finalize || r != r->main)) {

        for (cln = r->pool->cleanup; cln; cln = cln->next) {
            if (cln->handler == ngx_http_cba_cleanup) {
                ctx = cln->data;
                ngx_http_set_ctx(r, ctx, ngx_http_cba_module);
                break;
            }
        }
    }

    return ctx;
}


ngx_http_cba_ctx_t *
ngx_http_cba_make_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t  *cln;
    ngx_http_cba_ctx_t  *ctx;

    ctx = ngx_http_cba_get_ctx(r);

    if (ctx) {
        return ctx;
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_cba_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_cba_cleanup;

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_http_cba_ctx_t));

    ngx_http_set_ctx(r, ctx, ngx_http_cba_module);

    return ctx;
}


static void
ngx_http_cba_cleanup(void *data)
{
    /* Only marks the context among the cleanups. */
}
