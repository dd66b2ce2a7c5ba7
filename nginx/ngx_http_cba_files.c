/*
 * The files that directives name, into verifiers and settings. They are read with the rights of the master, at
 * start and reload, and copied; what is wrong with one stops the configuration.
 */

#include "ngx_http_cba_module.h"

#include <openssl/rand.h>


/* As `cba` has it: a thousand times the largest bundle in common use. */
#define NGX_HTTP_CBA_MAX_FILE  (64 * 1024 * 1024)

/* The names in a CertificateRequest: 65535 bytes in all (RFC 5246 7.4.4, RFC 8446 4.2.4). */
#define NGX_HTTP_CBA_MAX_NAMES  65535


static ngx_http_cba_srv_conf_t *ngx_http_cba_twin(ngx_conf_t *cf,
    ngx_http_cba_srv_conf_t *cscf);
static ngx_int_t ngx_http_cba_make(ngx_conf_t *cf, ngx_http_cba_srv_conf_t *cscf,
    const cba_verifier *replaced);
static ngx_int_t ngx_http_cba_read_files(ngx_conf_t *cf, ngx_array_t *files,
    cba_span **spans, size_t *n, ngx_http_cba_seen_t *seen, ngx_pool_t *pool);
static ngx_http_cba_srv_conf_t *ngx_http_cba_in_force(ngx_conf_t *cf,
    ngx_http_cba_srv_conf_t *cscf);
static ngx_uint_t ngx_http_cba_same_files(ngx_array_t *one, ngx_array_t *other);
static ngx_uint_t ngx_http_cba_line(cba_span *text, size_t offset);
static ngx_int_t ngx_http_cba_add_name(ngx_conf_t *cf, STACK_OF(X509_NAME) *names,
    const u_char **der, size_t len, size_t *size);


/* The mode in config.json. */

ngx_int_t
ngx_http_cba_read_config(ngx_conf_t *cf, ngx_http_cba_srv_conf_t *cscf)
{
    uint32_t              mode;
    cba_span              json;
    cba_fault             fault;
    ngx_http_cba_file_t  *file;

    file = cscf->config->elts;

    if (ngx_http_cba_read_file(file, &json, NULL, cf->temp_pool, cf->log, NGX_LOG_EMERG)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (cba_mode_from_config(json, &mode, &fault) != CBA_OK) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%V\" \"%V\": %s (%uD), line %ui, byte %uD in %V:%ui",
                      &file->directive, &file->name, cba_status_str(fault.status),
                      fault.status, ngx_http_cba_line(&json, fault.offset), fault.offset,
                      &file->conf_name, file->conf_line);
        return NGX_ERROR;
    }

    switch (mode) {

    case CBA_MODE_PRIMARY:
        cscf->config_mode = NGX_HTTP_CBA_PRIMARY;
        break;

    case CBA_MODE_SECONDARY:
        cscf->config_mode = NGX_HTTP_CBA_SECONDARY;
        break;

    default:
        cscf->config_mode = NGX_HTTP_CBA_SWITCHED_OFF;
    }

    return NGX_OK;
}


/* The verifier of a server. */

ngx_int_t
ngx_http_cba_prepare(ngx_conf_t *cf, ngx_http_cba_srv_conf_t *cscf)
{
    ngx_int_t                 rc;
    ngx_atomic_uint_t         generation;
    ngx_http_cba_srv_conf_t  *twin, *replaced;

    twin = ngx_http_cba_twin(cf, cscf);

    if (twin) {
        cscf->bundles = twin->bundles;
        cscf->shared = twin->shared;
        cscf->verifier = twin->verifier;
        return NGX_OK;
    }

    replaced = cscf->crls ? ngx_http_cba_in_force(cf, cscf) : NULL;

    if (replaced == NULL) {
        return ngx_http_cba_make(cf, cscf, NULL);
    }

    /*
     * Until the new workers are there the old ones go on, and replace it themselves. What is in force before the files
     * are read is no newer than they are.
     */

    rc = ngx_http_cba_make(cf, cscf, ngx_http_cba_acquire(replaced, &generation));

    ngx_http_cba_release(replaced);

    return rc;
}


/* A server that has a verifier, and inherits all that the verifier is made of from where this one does. */

static ngx_http_cba_srv_conf_t *
ngx_http_cba_twin(ngx_conf_t *cf, ngx_http_cba_srv_conf_t *cscf)
{
    ngx_uint_t                   i;
    ngx_http_cba_srv_conf_t     *other;
    ngx_http_core_srv_conf_t   **servers;
    ngx_http_core_main_conf_t   *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    servers = cmcf->servers.elts;

    for (i = 0; i < cmcf->servers.nelts; i++) {

        other = servers[i]->ctx->srv_conf[ngx_http_cba_module.ctx_index];

        if (other->verifier
            && other->trusted == cscf->trusted
            && other->intermediates == cscf->intermediates
            && other->denied == cscf->denied
            && other->crls == cscf->crls
            && other->policies == cscf->policies
            && other->revocation == cscf->revocation
            && other->crl_max_age == cscf->crl_max_age
            && other->check_anchor == cscf->check_anchor
            && other->refresh == cscf->refresh
            && other->email_sources == cscf->email_sources
            && other->email_case == cscf->email_case)
        {
            return other;
        }
    }

    return NULL;
}


static ngx_int_t
ngx_http_cba_make(ngx_conf_t *cf, ngx_http_cba_srv_conf_t *cscf, const cba_verifier *replaced)
{
    void                 *memory;
    size_t                size, i, n;
    cba_span             *spans, *intermediates, *denied, *crls;
    cba_fault             fault;
    cba_status            status;
    ngx_pool_t           *pool;
    cba_trusted          *trusted;
    ngx_http_cba_file_t  *files;
    cba_verifier_config   config = CBA_VERIFIER_CONFIG_INIT;

    /* All but the CRLs is needed again for each verifier that takes the place of this one. */

    pool = cscf->refresh ? cf->pool : cf->temp_pool;

    if (cscf->refresh) {
        cscf->seen = ngx_pcalloc(cf->pool, cscf->crls->nelts * sizeof(ngx_http_cba_seen_t));
        if (cscf->seen == NULL) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_cba_read_files(cf, cscf->trusted, &spans, &n, NULL, pool) != NGX_OK
        || ngx_http_cba_read_files(cf, cscf->intermediates, &intermediates,
                                   &config.intermediates_len, NULL, pool)
           != NGX_OK
        || ngx_http_cba_read_files(cf, cscf->denied, &denied, &config.denied_len, NULL, pool)
           != NGX_OK
        || ngx_http_cba_read_files(cf, cscf->crls, &crls, &config.crls_len, cscf->seen,
                                   cf->temp_pool)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    trusted = ngx_pcalloc(pool, n * sizeof(cba_trusted));
    if (trusted == NULL) {
        return NGX_ERROR;
    }

    files = cscf->trusted->elts;

    for (i = 0; i < n; i++) {
        trusted[i].certificates = spans[i];

        if (files[i].domains) {
            trusted[i].email_domains = files[i].domains->elts;
            trusted[i].email_domains_len = files[i].domains->nelts;
        }
    }

    cscf->bundles = spans;

    config.trusted = trusted;
    config.trusted_len = n;
    config.intermediates = intermediates;
    config.denied = denied;
    config.email_sources = cscf->email_sources;
    config.local_part_case = cscf->email_case;
    config.revocation = cscf->revocation;
    config.borrow = cscf->refresh ? CBA_BORROW_CRLS : 0;

    if (cscf->policies) {
        config.policies = cscf->policies->elts;
        config.policies_len = cscf->policies->nelts;
        config.require |= CBA_REQUIRE_EXPLICIT_POLICY;
    }

    if (cscf->check_anchor) {
        config.anchor_constraints = CBA_ANCHOR_CONSTRAINTS_ENFORCED;
        config.require |= CBA_REQUIRE_ANCHOR_VALIDITY;
    }

    if (cscf->crls) {
        config.crls = crls;
        config.max_status_age = (uint32_t) ngx_min((uint64_t) cscf->crl_max_age, UINT32_MAX);
        config.time = ngx_time();
        config.replaces = replaced;

        if (RAND_bytes(config.index_key, sizeof(config.index_key)) != 1) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "cba: no random bytes");
            return NGX_ERROR;
        }
    }

    if (cba_verifier_size(&config, &size, &fault) != CBA_OK) {
        ngx_http_cba_log_fault(cscf, &fault, cf->log, NGX_LOG_EMERG);
        return NGX_ERROR;
    }

    if (cscf->refresh) {

        for (i = 0; i < config.crls_len; i++) {
            size += crls[i].len;
        }

        cscf->made = ngx_palloc(cf->pool, sizeof(cba_verifier_config));
        cscf->shared = ngx_http_cba_share(cf, config.crls_len, size);

        if (cscf->made == NULL || cscf->shared == NULL) {
            return NGX_ERROR;
        }

        *cscf->made = config;

        status = ngx_http_cba_fill(cscf->shared, cscf->shared->halves, &config, &fault);

        cscf->verifier = cscf->shared->halves[0].verifier;

    } else {
        memory = ngx_pmemalign(cf->pool, size, CBA_VERIFIER_ALIGN);
        if (memory == NULL) {
            return NGX_ERROR;
        }

        status = cba_verifier_init(memory, size, &config, &cscf->verifier, &fault);
    }

    if (status != CBA_OK) {
        ngx_http_cba_log_fault(cscf, &fault, cf->log, NGX_LOG_EMERG);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Whose verifier a reload replaces: a server's which trusts the same files, and reads the same CRLs. */

static ngx_http_cba_srv_conf_t *
ngx_http_cba_in_force(ngx_conf_t *cf, ngx_http_cba_srv_conf_t *cscf)
{
    ngx_uint_t                   i;
    ngx_cycle_t                 *old;
    ngx_http_cba_srv_conf_t     *other, *found;
    ngx_http_core_srv_conf_t   **servers;
    ngx_http_core_main_conf_t   *cmcf;

    found = NULL;
    old = cf->cycle->old_cycle;

    if (old == NULL || ngx_is_init_cycle(old)) {
        return NULL;
    }

    /* Another version of the module has verifiers of another kind. */

    for (i = 0; old->modules[i]; i++) {
        if (old->modules[i] == &ngx_http_cba_module) {
            break;
        }
    }

    cmcf = ngx_http_cycle_get_module_main_conf(old, ngx_http_core_module);

    if (old->modules[i] == NULL || cmcf == NULL) {
        return NULL;
    }

    servers = cmcf->servers.elts;

    for (i = 0; i < cmcf->servers.nelts; i++) {

        other = servers[i]->ctx->srv_conf[ngx_http_cba_module.ctx_index];

        if (other->verifier && other->crls
            && ngx_http_cba_same_files(cscf->crls, other->crls)
            && ngx_http_cba_same_files(cscf->trusted, other->trusted))
        {
            /* One that refreshes its lists has the newer ones. */

            if (other->shared) {
                return other;
            }

            if (found == NULL) {
                found = other;
            }
        }
    }

    return found;
}


static ngx_uint_t
ngx_http_cba_same_files(ngx_array_t *one, ngx_array_t *other)
{
    ngx_uint_t            i;
    ngx_http_cba_file_t  *a, *b;

    if (one->nelts != other->nelts) {
        return 0;
    }

    a = one->elts;
    b = other->elts;

    for (i = 0; i < one->nelts; i++) {
        if (a[i].name.len != b[i].name.len
            || ngx_memcmp(a[i].name.data, b[i].name.data, a[i].name.len) != 0)
        {
            return 0;
        }
    }

    return 1;
}


static ngx_int_t
ngx_http_cba_read_files(ngx_conf_t *cf, ngx_array_t *files, cba_span **spans, size_t *n,
    ngx_http_cba_seen_t *seen, ngx_pool_t *pool)
{
    ngx_uint_t            i;
    ngx_http_cba_file_t  *file;

    *spans = NULL;
    *n = 0;

    if (files == NULL) {
        return NGX_OK;
    }

    *spans = ngx_palloc(pool, files->nelts * sizeof(cba_span));
    if (*spans == NULL) {
        return NGX_ERROR;
    }

    file = files->elts;

    for (i = 0; i < files->nelts; i++) {
        if (ngx_http_cba_read_file(&file[i], &(*spans)[i], seen ? &seen[i] : NULL, pool, cf->log,
                                   NGX_LOG_EMERG)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    *n = files->nelts;

    return NGX_OK;
}


/* Reads a file, and notes which one in *seen, if that is not NULL. */

ngx_int_t
ngx_http_cba_read_file(ngx_http_cba_file_t *file, cba_span *span, ngx_http_cba_seen_t *seen,
    ngx_pool_t *pool, ngx_log_t *log, ngx_uint_t level)
{
    off_t            size;
    u_char          *data, *p, errstr[NGX_MAX_CONF_ERRSTR];
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_err_t        err;
    const char      *what;
    ngx_file_info_t  fi;

    data = NULL;

    fd = ngx_open_file(file->name.data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK, NGX_FILE_OPEN, 0);
    if (fd == NGX_INVALID_FILE) {
        err = ngx_errno;
        what = ngx_open_file_n " failed";
        goto failed;
    }

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR) {
        err = ngx_errno;
        what = ngx_fd_info_n " failed";
        goto failed;
    }

    size = ngx_file_size(&fi);

    if (!ngx_is_file(&fi) || size > NGX_HTTP_CBA_MAX_FILE) {
        err = 0;
        what = ngx_is_file(&fi) ? "is longer than 64 MiB" : "is no regular file";
        goto failed;
    }

    data = ngx_palloc(pool, size + 1);
    if (data == NULL) {
        (void) ngx_close_file(fd);
        return NGX_ERROR;
    }

    n = ngx_read_fd(fd, data, (size_t) size + 1);

    if (n != size) {
        err = (n == -1) ? ngx_errno : 0;
        what = (n == -1) ? ngx_read_fd_n " failed" : "changes while it is read";
        goto failed;
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", &file->name);
    }

    span->ptr = data;
    span->len = (size_t) size;

    if (seen) {
        seen->mtime = ngx_http_cba_mtime(&fi);
        seen->size = size;
        seen->uniq = ngx_file_uniq(&fi);
    }

    return NGX_OK;

failed:

    p = err ? ngx_log_errno(errstr, errstr + NGX_MAX_CONF_ERRSTR, err) : errstr;

    ngx_log_error(level, log, 0, "\"%V\" \"%V\": %s%*s in %V:%ui",
                  &file->directive, &file->name, what, p - errstr, errstr, &file->conf_name,
                  file->conf_line);

    if (fd != NGX_INVALID_FILE) {
        (void) ngx_close_file(fd);
    }

    return NGX_ERROR;
}


void
ngx_http_cba_log_fault(ngx_http_cba_srv_conf_t *cscf, cba_fault *fault, ngx_log_t *log,
    ngx_uint_t level)
{
    cba_span             *policy;
    ngx_array_t          *files;
    ngx_http_cba_file_t  *file;

    switch (fault->part) {

    case CBA_PART_TRUSTED:
    case CBA_PART_EMAIL_DOMAINS:
        files = cscf->trusted;
        break;

    case CBA_PART_INTERMEDIATES:
        files = cscf->intermediates;
        break;

    case CBA_PART_DENIED:
        files = cscf->denied;
        break;

    case CBA_PART_CRLS:
        files = cscf->crls;
        break;

    case CBA_PART_POLICIES:
        policy = cscf->policies->elts;
        policy += fault->index;
        ngx_log_error(level, log, 0,
                      "\"cba_policies\": \"%*s\" is no object identifier in %V:%ui",
                      policy->len, policy->ptr, &cscf->policies_conf_name,
                      cscf->policies_conf_line);
        return;

    default:
        files = NULL;
    }

    if (files == NULL || fault->index >= files->nelts) {
        ngx_log_error(level, log, 0, "cba: %s (%uD)",
                      cba_status_str(fault->status), fault->status);
        return;
    }

    file = files->elts;
    file += fault->index;

    ngx_log_error(level, log, 0, "\"%V\" \"%V\": %s (%uD), %s %uD, byte %uD in %V:%ui",
                  &file->directive, &file->name, cba_status_str(fault->status), fault->status,
                  (fault->part == CBA_PART_EMAIL_DOMAINS) ? "domain"
                  : (fault->part == CBA_PART_DENIED) ? "entry"
                  : (fault->part == CBA_PART_CRLS) ? "CRL" : "certificate",
                  fault->item + 1, fault->offset, &file->conf_name, file->conf_line);
}


static ngx_uint_t
ngx_http_cba_line(cba_span *text, size_t offset)
{
    size_t      i;
    ngx_uint_t  line;

    line = 1;

    for (i = 0; i < offset && i < text->len; i++) {
        if (text->ptr[i] == LF) {
            line++;
        }
    }

    return line;
}


/* The names of the trusted certificates, for the CertificateRequest. */

ngx_int_t
ngx_http_cba_advertise(ngx_conf_t *cf, ngx_http_cba_srv_conf_t *cscf, SSL_CTX *ctx)
{
    size_t                 i, len, size;
    u_char                *buffer;
    cba_span               bundle, rest;
    ngx_uint_t             pem;
    const u_char          *der, *end;
    STACK_OF(X509_NAME)   *names;
    ngx_http_cba_file_t   *file;

    names = sk_X509_NAME_new_null();
    if (names == NULL) {
        return NGX_ERROR;
    }

    size = 0;

    for (i = 0; i < cscf->trusted->nelts; i++) {

        bundle = cscf->bundles[i];

        buffer = ngx_palloc(cf->temp_pool, bundle.len + 1);
        if (buffer == NULL) {
            goto failed;
        }

        rest = bundle;
        pem = 0;

        while (cba_pem_decode(&rest, buffer, bundle.len, &len) == CBA_OK && len != 0) {
            der = buffer;
            pem = 1;

            if (ngx_http_cba_add_name(cf, names, &der, len, &size) != NGX_OK) {
                goto failed;
            }
        }

        /* Else DER: each certificate is read where the one before ends. */

        der = bundle.ptr;
        end = der + bundle.len;

        while (!pem && der < end) {
            if (ngx_http_cba_add_name(cf, names, &der, end - der, &size) != NGX_OK) {
                goto failed;
            }
        }
    }

    if (size > NGX_HTTP_CBA_MAX_NAMES) {
        file = cscf->trusted->elts;
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the names of the trusted certificates are longer than a handshake can "
                      "carry (%uz bytes): set \"cba_advertise off\" in %V:%ui",
                      size, &file->conf_name, file->conf_line);
        goto failed;
    }

    SSL_CTX_set_client_CA_list(ctx, names);

    return NGX_OK;

failed:

    sk_X509_NAME_pop_free(names, X509_NAME_free);

    return NGX_ERROR;
}


/* Adds the subject of the certificate at *der, and moves *der behind it. What OpenSSL cannot read is left out. */

static ngx_int_t
ngx_http_cba_add_name(ngx_conf_t *cf, STACK_OF(X509_NAME) *names, const u_char **der,
    size_t len, size_t *size)
{
    X509           *x509;
    X509_NAME      *name;
    const u_char   *start;

    start = *der;

    x509 = d2i_X509(NULL, der, len);
    if (x509 == NULL) {
        ERR_clear_error();
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "cba: OpenSSL cannot read a trusted certificate: its name is not advertised");
        *der = start + len;
        return NGX_OK;
    }

    name = X509_NAME_dup(X509_get_subject_name(x509));

    X509_free(x509);

    if (name == NULL || !sk_X509_NAME_push(names, name)) {
        X509_NAME_free(name);
        return NGX_ERROR;
    }

    *size += 2 + i2d_X509_NAME(name, NULL);

    return NGX_OK;
}
