/*
 * Variables: what a verified certificate says, empty unless it is accepted; and what a login request's body
 * says, for cba_login.
 */

#include "ngx_http_cba_module.h"


typedef enum {
    NGX_HTTP_CBA_STATUS = 0,
    NGX_HTTP_CBA_REASON,
    NGX_HTTP_CBA_DEPTH,
    NGX_HTTP_CBA_EMAIL
} ngx_http_cba_variable_e;


typedef cba_status (*ngx_http_cba_reader_pt)(cba_span body, cba_span name, uint8_t *out,
    size_t capacity, size_t *len);


static ngx_int_t ngx_http_cba_decision_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_cba_verdict_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_cba_json_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_cba_form_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static const cba_decision *ngx_http_cba_current(ngx_http_request_t *r,
    ngx_http_cba_verdict_t **verdict);
static ngx_int_t ngx_http_cba_is_accepted(const cba_decision *decision);
static void ngx_http_cba_set(ngx_http_variable_value_t *v, const void *data, size_t len);
static ngx_int_t ngx_http_cba_body_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, ngx_str_t *name, size_t prefix,
    ngx_http_cba_reader_pt read, ngx_uint_t form);
static cba_status ngx_http_cba_query(ngx_http_request_t *r, cba_span name);
static cba_status ngx_http_cba_body(ngx_http_request_t *r, ngx_http_cba_ctx_t *ctx,
    ngx_uint_t form);
static ngx_int_t ngx_http_cba_is_body_type(ngx_http_request_t *r, ngx_uint_t form);
static ngx_int_t ngx_http_cba_is_utf8(ngx_str_t *type);
static ngx_int_t ngx_http_cba_is_header(ngx_table_elt_t *header, const char *name);
static ngx_int_t ngx_http_cba_join_body(ngx_http_request_t *r, ngx_str_t *body);


static ngx_http_variable_t  ngx_http_cba_vars[] = {

    { ngx_string("cba_status"), NULL, ngx_http_cba_decision_variable,
      NGX_HTTP_CBA_STATUS, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("cba_reason"), NULL, ngx_http_cba_decision_variable,
      NGX_HTTP_CBA_REASON, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("cba_depth"), NULL, ngx_http_cba_decision_variable,
      NGX_HTTP_CBA_DEPTH, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("cba_email"), NULL, ngx_http_cba_decision_variable,
      NGX_HTTP_CBA_EMAIL, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("cba_fingerprint"), NULL, ngx_http_cba_verdict_variable,
      offsetof(ngx_http_cba_verdict_t, fingerprint), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("cba_spki"), NULL, ngx_http_cba_verdict_variable,
      offsetof(ngx_http_cba_verdict_t, spki), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("cba_serial"), NULL, ngx_http_cba_verdict_variable,
      offsetof(ngx_http_cba_verdict_t, serial), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("cba_issuer"), NULL, ngx_http_cba_verdict_variable,
      offsetof(ngx_http_cba_verdict_t, issuer), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("cba_device"), NULL, ngx_http_cba_verdict_variable,
      offsetof(ngx_http_cba_verdict_t, device), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("cba_not_after"), NULL, ngx_http_cba_verdict_variable,
      offsetof(ngx_http_cba_verdict_t, not_after_text), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("cba_json_"), NULL, ngx_http_cba_json_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

    { ngx_string("cba_form_"), NULL, ngx_http_cba_form_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE|NGX_HTTP_VAR_PREFIX, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_cba_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_cba_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_cba_decision_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    u_char                  *p;
    size_t                   len;
    const char              *text;
    const cba_decision      *decision;
    ngx_http_cba_verdict_t  *verdict;

    decision = ngx_http_cba_current(r, &verdict);

    ngx_http_cba_set(v, "", 0);

    if (decision == NULL) {
        if (data == NGX_HTTP_CBA_STATUS) {
            ngx_http_cba_set(v, "off", 3);
        }

        return NGX_OK;
    }

    switch (data) {

    case NGX_HTTP_CBA_STATUS:

        switch (decision->verdict) {

        case CBA_LOGIN:
            ngx_http_cba_set(v, "login", 5);
            break;

        case CBA_CONTINUE_WITH_PASSWORD:
            ngx_http_cba_set(v, "password", 8);
            break;

        default:
            ngx_http_cba_set(v, "refused", 7);
        }

        return NGX_OK;

    case NGX_HTTP_CBA_EMAIL:

        if (ngx_http_cba_is_accepted(decision)) {

            p = ngx_pnalloc(r->pool, decision->email_len);
            if (p == NULL) {
                return NGX_ERROR;
            }

            ngx_memcpy(p, decision->email, decision->email_len);
            ngx_http_cba_set(v, p, decision->email_len);
        }

        return NGX_OK;
    }

    if (ngx_http_cba_is_accepted(decision)) {
        return NGX_OK;
    }

    text = cba_status_str(decision->reason);
    len = ngx_strlen(text) + sizeof(" ()") - 1 + NGX_INT32_LEN;

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    if (data == NGX_HTTP_CBA_REASON) {
        ngx_http_cba_set(v, p, ngx_sprintf(p, "%s (%uD)", text, decision->reason) - p);

    } else {
        ngx_http_cba_set(v, p, ngx_sprintf(p, "%uD", decision->depth) - p);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_cba_verdict_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t               *text;
    const cba_decision      *decision;
    ngx_http_cba_verdict_t  *verdict;

    decision = ngx_http_cba_current(r, &verdict);

    if (decision == NULL || verdict == NULL || !ngx_http_cba_is_accepted(decision)) {
        ngx_http_cba_set(v, "", 0);
        return NGX_OK;
    }

    text = (ngx_str_t *) ((char *) verdict + data);

    ngx_http_cba_set(v, text->data, text->len);

    return NGX_OK;
}


/*
 * The decision that holds for the request where it is now; NULL where none is asked for. A request that was
 * refused stays refused, wherever its error page is.
 */

static const cba_decision *
ngx_http_cba_current(ngx_http_request_t *r, ngx_http_cba_verdict_t **verdict)
{
    ngx_http_cba_ctx_t       *ctx;
    ngx_http_cba_loc_conf_t  *clcf;

    *verdict = NULL;

    ctx = ngx_http_cba_get_ctx(r);

    if (ctx && ctx->refused == r) {
        return &ctx->refusal;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_cba_module);

    if (clcf->mode == NGX_HTTP_CBA_OFF) {
        return NULL;
    }

    *verdict = ngx_http_cba_verdict(r);

    return ngx_http_cba_decide(r, clcf, *verdict);
}


static ngx_int_t
ngx_http_cba_is_accepted(const cba_decision *decision)
{
    return decision->verdict == CBA_LOGIN || decision->verdict == CBA_CONTINUE_WITH_PASSWORD;
}


static void
ngx_http_cba_set(ngx_http_variable_value_t *v, const void *data, size_t len)
{
    v->len = len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->data = (u_char *) data;
}


static ngx_int_t
ngx_http_cba_json_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    return ngx_http_cba_body_variable(r, v, (ngx_str_t *) data, sizeof("cba_json_") - 1,
                                      cba_json_string, 0);
}


static ngx_int_t
ngx_http_cba_form_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    return ngx_http_cba_body_variable(r, v, (ngx_str_t *) data, sizeof("cba_form_") - 1,
                                      cba_form_field, 1);
}


/* A member or field of the body. What cannot be read in one way only is remembered as the place's reason. */

static ngx_int_t
ngx_http_cba_body_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    ngx_str_t *name, size_t prefix, ngx_http_cba_reader_pt read, ngx_uint_t form)
{
    u_char               out[256], *p;
    size_t               len, i;
    cba_span             body, key;
    cba_status           status;
    ngx_http_cba_ctx_t  *ctx;

    v->not_found = 1;

    ctx = ngx_http_cba_get_ctx(r);

    if (ctx == NULL || (r->request_body == NULL && !ctx->body_lacks)) {
        return NGX_OK;
    }

    len = 0;
    status = ngx_http_cba_body(r, ctx, form);

    if (status == CBA_OK) {
        body.ptr = ctx->body.data;
        body.len = ctx->body.len;
        key.ptr = name->data + prefix;
        key.len = name->len - prefix;

        status = form ? ngx_http_cba_query(r, key) : CBA_OK;
    }

    if (status == CBA_OK) {
        status = read(body, key, out, sizeof(out), &len);
    }

    /* No e-mail has controls in it, and no header to which the value is passed on must be ended by one. */

    for (i = 0; i < len; i++) {
        if (out[i] < 0x20 || out[i] == 0x7f) {
            status = CBA_STATUS_MALFORMED_LOGIN_REQUEST;
        }
    }

    if (status != CBA_OK) {
        ctx->body_status = status;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, out, len);
    ngx_http_cba_set(v, p, len);

    return NGX_OK;
}


/* A field of that name in the query, where many readers of forms look too, and some of them first. */

static cba_status
ngx_http_cba_query(ngx_http_request_t *r, cba_span name)
{
    u_char      out[256];
    size_t      len;
    cba_span    query;
    cba_status  status;

    query.ptr = r->args.data;
    query.len = r->args.len;

    status = cba_form_field(query, name, out, sizeof(out), &len);

    return (status == CBA_OK && len) ? CBA_STATUS_AMBIGUOUS_LOGIN_ID : status;
}


static cba_status
ngx_http_cba_body(ngx_http_request_t *r, ngx_http_cba_ctx_t *ctx, ngx_uint_t form)
{
    if (ctx->body_lacks || !ngx_http_cba_is_body_type(r, form)) {
        return CBA_STATUS_MALFORMED_LOGIN_REQUEST;
    }

    if (!ctx->body_joined) {
        if (ngx_http_cba_join_body(r, &ctx->body) != NGX_OK) {
            return CBA_STATUS_MALFORMED_LOGIN_REQUEST;
        }

        ctx->body_joined = 1;
    }

    return CBA_OK;
}


/*
 * Whether the body may be what is sought: not that of another format, not encoded, and not of two types: the
 * server behind could go by the other one.
 */

static ngx_int_t
ngx_http_cba_is_body_type(ngx_http_request_t *r, ngx_uint_t form)
{
    size_t            form_len;
    u_char           *p, *last;
    ngx_str_t        *type;
    ngx_uint_t        i, types;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    types = 0;
    part = &r->headers_in.headers.part;
    header = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            header = part->elts;
            i = 0;
        }

        if (ngx_http_cba_is_header(&header[i], "Content-Encoding")) {
            return 0;
        }

        types += ngx_http_cba_is_header(&header[i], "Content-Type");
    }

    if (types > 1) {
        return 0;
    }

    if (r->headers_in.content_type == NULL) {
        return !form;
    }

    type = &r->headers_in.content_type->value;
    p = type->data;
    last = p + type->len;

    if (!ngx_http_cba_is_utf8(type)) {
        return 0;
    }

    if (!form) {
        return ngx_strlcasestrn(p, last, (u_char *) "form-urlencoded",
                                sizeof("form-urlencoded") - 2)
               == NULL
               && ngx_strlcasestrn(p, last, (u_char *) "multipart/", sizeof("multipart/") - 2)
                  == NULL;
    }

    form_len = sizeof("application/x-www-form-urlencoded") - 1;

    return type->len >= form_len
           && ngx_strncasecmp(p, (u_char *) "application/x-www-form-urlencoded", form_len) == 0
           && (type->len == form_len || p[form_len] == ';' || p[form_len] == ' ');
}


/* A charset, if the type names one, must be the one that is read here: in UTF-7 the same bytes say something else. */

static ngx_int_t
ngx_http_cba_is_utf8(ngx_str_t *type)
{
    u_char  *p, *last;

    last = type->data + type->len;

    p = ngx_strlcasestrn(type->data, last, (u_char *) "charset", sizeof("charset") - 2);
    if (p == NULL) {
        return 1;
    }

    p += sizeof("charset") - 1;

    if (p < last && *p == '=') {
        p++;
    }

    if (p < last && *p == '"') {
        p++;
    }

    if ((size_t) (last - p) < sizeof("utf-8") - 1
        || ngx_strncasecmp(p, (u_char *) "utf-8", sizeof("utf-8") - 1) != 0)
    {
        return 0;
    }

    p += sizeof("utf-8") - 1;

    return (p == last || *p == '"' || *p == ';' || *p == ' ')
           && ngx_strlcasestrn(p, last, (u_char *) "charset", sizeof("charset") - 2) == NULL;
}


static ngx_int_t
ngx_http_cba_is_header(ngx_table_elt_t *header, const char *name)
{
    return header->key.len == ngx_strlen(name)
           && ngx_strncasecmp(header->key.data, (u_char *) name, header->key.len) == 0;
}


/* The whole body in one piece of memory, wherever NGINX put it. */

static ngx_int_t
ngx_http_cba_join_body(ngx_http_request_t *r, ngx_str_t *body)
{
    off_t         size;
    u_char       *p;
    size_t        len;
    ssize_t       n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    ngx_str_null(body);

    if (r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    size = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);

        if (size > NGX_HTTP_CBA_MAX_BODY) {
            return NGX_ERROR;
        }
    }

    p = ngx_pnalloc(r->pool, (size_t) size + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    body->data = p;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (ngx_buf_in_memory(b)) {
            p = ngx_cpymem(p, b->pos, b->last - b->pos);
            continue;
        }

        if (!b->in_file) {
            continue;
        }

        len = (size_t) (b->file_last - b->file_pos);
        n = ngx_read_file(b->file, p, len, b->file_pos);

        if (n != (ssize_t) len) {
            return NGX_ERROR;
        }

        p += len;
    }

    body->len = p - body->data;

    return NGX_OK;
}
