/*
 * ngx_http_cba_module: directives, and what is wrong with a configuration.
 */

#include "ngx_http_cba_module.h"


static void *ngx_http_cba_create_srv_conf(ngx_conf_t *cf);
static char *ngx_http_cba_merge_srv_conf(ngx_conf_t *cf, void *parent, void *child);
static void *ngx_http_cba_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_cba_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);
static ngx_int_t ngx_http_cba_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_cba_check_addresses(ngx_conf_t *cf);
static ngx_int_t ngx_http_cba_check_address(ngx_conf_t *cf, ngx_http_conf_addr_t *addr);
static ngx_int_t ngx_http_cba_init_server(ngx_conf_t *cf, ngx_http_core_srv_conf_t *server);
static const char *ngx_http_cba_useless(ngx_http_ssl_srv_conf_t *sscf);

static char *ngx_http_cba(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_cba_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_cba_identity(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_cba_policies(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_cba_login(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


static ngx_conf_enum_t  ngx_http_cba_modes[] = {
    { ngx_string("off"), NGX_HTTP_CBA_OFF },
    { ngx_string("primary"), NGX_HTTP_CBA_PRIMARY },
    { ngx_string("secondary"), NGX_HTTP_CBA_SECONDARY },
    { ngx_string("from-config"), NGX_HTTP_CBA_FROM_CONFIG },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_cba_cases[] = {
    { ngx_string("fold"), CBA_CASE_FOLD },
    { ngx_string("exact"), CBA_CASE_EXACT },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_cba_scopes[] = {
    { ngx_string("off"), CBA_REVOCATION_OFF },
    { ngx_string("leaf"), CBA_REVOCATION_LEAF },
    { ngx_string("chain"), CBA_REVOCATION_CHAIN },
    { ngx_null_string, 0 }
};


static ngx_command_t  ngx_http_cba_commands[] = {

    { ngx_string("cba"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_cba,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_cba_loc_conf_t, mode),
      &ngx_http_cba_modes },

    { ngx_string("cba_login"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_cba_login,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_cba_loc_conf_t, login),
      NULL },

    { ngx_string("cba_enforce"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_cba_loc_conf_t, enforce),
      NULL },

    { ngx_string("cba_config"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_cba_file,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_cba_srv_conf_t, config),
      NULL },

    { ngx_string("cba_trusted_certificates"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_1MORE,
      ngx_http_cba_file,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_cba_srv_conf_t, trusted),
      NULL },

    { ngx_string("cba_intermediates"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_cba_file,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_cba_srv_conf_t, intermediates),
      NULL },

    { ngx_string("cba_deny"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_cba_file,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_cba_srv_conf_t, denied),
      NULL },

    { ngx_string("cba_crls"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_cba_file,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_cba_srv_conf_t, crls),
      NULL },

    { ngx_string("cba_revocation"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_cba_srv_conf_t, revocation),
      &ngx_http_cba_scopes },

    { ngx_string("cba_crl_max_age"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_sec_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_cba_srv_conf_t, crl_max_age),
      NULL },

    { ngx_string("cba_refresh"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_sec_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_cba_srv_conf_t, refresh),
      NULL },

    { ngx_string("cba_policies"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_1MORE,
      ngx_http_cba_policies,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("cba_check_anchor"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_cba_srv_conf_t, check_anchor),
      NULL },

    { ngx_string("cba_identity"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE12,
      ngx_http_cba_identity,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_cba_srv_conf_t, email_sources),
      NULL },

    { ngx_string("cba_case"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_cba_srv_conf_t, email_case),
      &ngx_http_cba_cases },

    { ngx_string("cba_advertise"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_cba_srv_conf_t, advertise),
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_cba_module_ctx = {
    ngx_http_cba_add_variables,            /* preconfiguration */
    ngx_http_cba_init,                     /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_http_cba_create_srv_conf,          /* create server configuration */
    ngx_http_cba_merge_srv_conf,           /* merge server configuration */

    ngx_http_cba_create_loc_conf,          /* create location configuration */
    ngx_http_cba_merge_loc_conf            /* merge location configuration */
};


ngx_module_t  ngx_http_cba_module = {
    NGX_MODULE_V1,
    &ngx_http_cba_module_ctx,              /* module context */
    ngx_http_cba_commands,                 /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_cba_init_process,             /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static void *
ngx_http_cba_create_srv_conf(ngx_conf_t *cf)
{
    ngx_http_cba_srv_conf_t  *cscf;

    cscf = ngx_pcalloc(cf->pool, sizeof(ngx_http_cba_srv_conf_t));
    if (cscf == NULL) {
        return NULL;
    }

    cscf->trusted = NGX_CONF_UNSET_PTR;
    cscf->intermediates = NGX_CONF_UNSET_PTR;
    cscf->denied = NGX_CONF_UNSET_PTR;
    cscf->crls = NGX_CONF_UNSET_PTR;
    cscf->policies = NGX_CONF_UNSET_PTR;
    cscf->revocation = NGX_CONF_UNSET_UINT;
    cscf->crl_max_age = NGX_CONF_UNSET;
    cscf->check_anchor = NGX_CONF_UNSET;
    cscf->refresh = NGX_CONF_UNSET;
    cscf->config = NGX_CONF_UNSET_PTR;
    cscf->email_sources = NGX_CONF_UNSET_UINT;
    cscf->email_case = NGX_CONF_UNSET_UINT;
    cscf->advertise = NGX_CONF_UNSET;

    return cscf;
}


static char *
ngx_http_cba_merge_srv_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_cba_srv_conf_t  *prev = parent;
    ngx_http_cba_srv_conf_t  *conf = child;

    conf->own_config = (conf->config != NGX_CONF_UNSET_PTR);
    conf->own_trusted = (conf->trusted != NGX_CONF_UNSET_PTR);

    ngx_conf_merge_ptr_value(conf->trusted, prev->trusted, NULL);
    ngx_conf_merge_ptr_value(conf->intermediates, prev->intermediates, NULL);
    ngx_conf_merge_ptr_value(conf->denied, prev->denied, NULL);
    ngx_conf_merge_ptr_value(conf->crls, prev->crls, NULL);
    ngx_conf_merge_uint_value(conf->revocation, prev->revocation, CBA_REVOCATION_DEFAULT);
    ngx_conf_merge_sec_value(conf->crl_max_age, prev->crl_max_age, 0);
    ngx_conf_merge_value(conf->check_anchor, prev->check_anchor, 0);
    ngx_conf_merge_sec_value(conf->refresh, prev->refresh, 0);

    if (conf->policies == NGX_CONF_UNSET_PTR) {
        conf->policies_conf_name = prev->policies_conf_name;
        conf->policies_conf_line = prev->policies_conf_line;
    }

    ngx_conf_merge_ptr_value(conf->policies, prev->policies, NULL);
    ngx_conf_merge_ptr_value(conf->config, prev->config, NULL);
    ngx_conf_merge_uint_value(conf->email_sources, prev->email_sources, CBA_EMAIL_SUBJECT);
    ngx_conf_merge_uint_value(conf->email_case, prev->email_case, CBA_CASE_FOLD);
    ngx_conf_merge_value(conf->advertise, prev->advertise, 1);

    if (conf->config && ngx_http_cba_read_config(cf, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static void *
ngx_http_cba_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_cba_loc_conf_t  *clcf;

    clcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_cba_loc_conf_t));
    if (clcf == NULL) {
        return NULL;
    }

    clcf->mode = NGX_CONF_UNSET_UINT;
    clcf->enforce = NGX_CONF_UNSET;
    clcf->login = NGX_CONF_UNSET_PTR;
    clcf->reads_body = NGX_CONF_UNSET;

    return clcf;
}


static char *
ngx_http_cba_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_cba_loc_conf_t  *prev = parent;
    ngx_http_cba_loc_conf_t  *conf = child;

    ngx_uint_t                 own_login;
    const char                *wrong;
    ngx_http_cba_srv_conf_t   *cscf;
    ngx_http_core_loc_conf_t  *core;

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_cba_module);
    core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    own_login = (conf->login != NGX_CONF_UNSET_PTR);

    if (conf->conf_name.data == NULL) {
        conf->conf_name = prev->conf_name;
        conf->conf_line = prev->conf_line;
    }

    conf->from_config = (conf->mode == NGX_CONF_UNSET_UINT) ? prev->from_config : 0;

    ngx_conf_merge_uint_value(conf->mode, prev->mode, NGX_HTTP_CBA_OFF);
    ngx_conf_merge_value(conf->enforce, prev->enforce, 1);
    ngx_conf_merge_ptr_value(conf->login, prev->login, NULL);
    ngx_conf_merge_value(conf->reads_body, prev->reads_body, 0);

    wrong = NULL;

    if (conf->mode == NGX_HTTP_CBA_FROM_CONFIG) {

        conf->from_config = 1;
        cscf->reads_config = 1;

        if (cscf->config == NULL) {
            wrong = "\"cba from-config\" needs \"cba_config\"";

        } else {
            conf->mode = cscf->config_mode;
        }
    }

    if (conf->mode == NGX_HTTP_CBA_SECONDARY && conf->login == NULL) {
        wrong = "\"cba secondary\" needs \"cba_login\" in the same place";
    }

    if (own_login && !conf->from_config && conf->mode != NGX_HTTP_CBA_SECONDARY) {
        wrong = "\"cba_login\" would do nothing: the place is not \"cba secondary\"";
        conf->conf_name = conf->login_conf_name;
        conf->conf_line = conf->login_conf_line;
    }

    if (wrong) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "%s in %V:%ui", wrong, &conf->conf_name,
                      conf->conf_line);
        return NGX_CONF_ERROR;
    }

    if (conf->mode == NGX_HTTP_CBA_SWITCHED_OFF && conf->enforce) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "config.json switches certificates off, and a place asks for one: it "
                      "refuses every request in %V:%ui", &conf->conf_name, conf->conf_line);
    }

    if (conf->mode != NGX_HTTP_CBA_OFF && !cscf->asks) {
        cscf->asks = 1;
        cscf->conf_name = conf->conf_name;
        cscf->conf_line = conf->conf_line;
    }

    /* Places that no client can ask for relax nothing: error pages may be shown to who was refused. */

    if ((conf->mode == NGX_HTTP_CBA_OFF || !conf->enforce)
        && !core->named && core->internal != 1)
    {
        cscf->relaxed = 1;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_cba_init(ngx_conf_t *cf)
{
    ngx_uint_t                   i, used;
    cba_workspace               *workspace;
    ngx_http_cba_file_t         *file;
    ngx_http_cba_srv_conf_t     *cscf, *main_cscf;
    ngx_http_core_srv_conf_t   **servers;
    ngx_http_core_main_conf_t   *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    main_cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_cba_module);

    servers = cmcf->servers.elts;
    used = 0;

    workspace = ngx_http_cba_tls_init(cf);

    if (workspace == NULL || ngx_http_cba_check_addresses(cf) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < cmcf->servers.nelts; i++) {

        cscf = servers[i]->ctx->srv_conf[ngx_http_cba_module.ctx_index];

        if (cscf->own_config && !cscf->reads_config) {
            file = cscf->config->elts;
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "\"cba_config\" would do nothing: no place says \"cba from-config\" "
                          "in %V:%ui", &file->conf_name, file->conf_line);
            return NGX_ERROR;
        }

        used |= cscf->reads_config;

        if (!cscf->asks) {

            if (cscf->own_trusted) {
                file = cscf->trusted->elts;
                ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                              "\"cba_trusted_certificates\" does nothing: no place in the server "
                              "says \"cba\" in %V:%ui", &file->conf_name, file->conf_line);
            }

            continue;
        }

        cscf->workspace = workspace;

        if (ngx_http_cba_init_server(cf, servers[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (main_cscf->config != NGX_CONF_UNSET_PTR && main_cscf->config && !used) {
        file = main_cscf->config->elts;
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"cba_config\" would do nothing: no place says \"cba from-config\" "
                      "in %V:%ui", &file->conf_name, file->conf_line);
        return NGX_ERROR;
    }

    return ngx_http_cba_init_phases(cf);
}


/* Which servers speak TLS, and which must not share an address. */

static ngx_int_t
ngx_http_cba_check_addresses(ngx_conf_t *cf)
{
    ngx_uint_t                  p, a;
    ngx_http_conf_addr_t       *addr;
    ngx_http_conf_port_t       *port;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    if (cmcf->ports == NULL) {
        return NGX_OK;
    }

    port = cmcf->ports->elts;

    for (p = 0; p < cmcf->ports->nelts; p++) {
        addr = port[p].addrs.elts;

        for (a = 0; a < port[p].addrs.nelts; a++) {
            if (ngx_http_cba_check_address(cf, &addr[a]) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/*
 * A session of one server can be resumed at another of the same address, and what is kept in it of our
 * verification must not be taken for that server's own.
 */

static ngx_int_t
ngx_http_cba_check_address(ngx_conf_t *cf, ngx_http_conf_addr_t *addr)
{
    ngx_uint_t                  s, asks;
    ngx_http_cba_srv_conf_t    *cscf;
    ngx_http_ssl_srv_conf_t    *sscf, *verifying;
    ngx_http_core_srv_conf_t  **server, *other;

    server = addr->servers.elts;
    asks = 0;
    other = NULL;
    verifying = NULL;

    for (s = 0; s < addr->servers.nelts; s++) {

        cscf = server[s]->ctx->srv_conf[ngx_http_cba_module.ctx_index];
        sscf = server[s]->ctx->srv_conf[ngx_http_ssl_module.ctx_index];

        if (addr->opt.ssl || sscf->enable == 1) {
            cscf->tls = 1;
        }

        if (cscf->asks) {
            asks = 1;

        } else if (sscf->verify) {
            other = server[s];
            verifying = sscf;
        }
    }

    if (!asks) {
        return NGX_OK;
    }

    if (verifying) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"cba\" and \"ssl_verify_client\" in servers of one address, %V: sessions of "
                      "the one would vouch for clients of the other; ask by \"cba\" in both, in %s:%ui",
                      &addr->opt.addr_text, other->file_name, other->line);
        return NGX_ERROR;
    }

    /* Until the name is known, the handshake is the default server's. */

    sscf = addr->default_server->ctx->srv_conf[ngx_http_ssl_module.ctx_index];

    if (sscf->ssl.ctx) {
        SSL_CTX_set_max_cert_list(sscf->ssl.ctx, NGX_HTTP_CBA_MAX_CERT_LIST);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_cba_init_server(ngx_conf_t *cf, ngx_http_core_srv_conf_t *server)
{
    const char               *wrong, *useless;
    ngx_http_cba_srv_conf_t  *cscf;
    ngx_http_cba_loc_conf_t  *clcf;
    ngx_http_ssl_srv_conf_t  *sscf;

    cscf = server->ctx->srv_conf[ngx_http_cba_module.ctx_index];
    clcf = server->ctx->loc_conf[ngx_http_cba_module.ctx_index];
    sscf = server->ctx->srv_conf[ngx_http_ssl_module.ctx_index];

    cscf->whole = (clcf->mode != NGX_HTTP_CBA_OFF && clcf->enforce && !cscf->relaxed);

    wrong = NULL;
    useless = ngx_http_cba_useless(sscf);

    if (cscf->trusted == NULL) {
        wrong = "a server with \"cba\" needs \"cba_trusted_certificates\"";

    } else if (!cscf->tls || sscf->ssl.ctx == NULL) {
        wrong = "a server with \"cba\" needs \"listen ... ssl\" and \"ssl_certificate\"; "
                "where it has neither, say \"cba off\"";

    } else if (useless) {
        wrong = useless;

    } else if (cscf->crls == NULL
               && (cscf->revocation == CBA_REVOCATION_CHAIN
                   || cscf->revocation == CBA_REVOCATION_LEAF || cscf->crl_max_age
                   || cscf->refresh))
    {
        wrong = "\"cba_revocation\", \"cba_crl_max_age\" and \"cba_refresh\" need \"cba_crls\": "
                "without, nobody knows who is revoked";
    }

    if (wrong) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "%s in %V:%ui", wrong, &cscf->conf_name,
                      cscf->conf_line);
        return NGX_ERROR;
    }

    if (ngx_http_cba_prepare(cf, cscf) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_cba_tls_server(cf, cscf, sscf->ssl.ctx);
}


/* Directives of the SSL module that somebody could rely on, and that do nothing beside ours. */

static const char *
ngx_http_cba_useless(ngx_http_ssl_srv_conf_t *sscf)
{
    if (sscf->verify == 1 || sscf->verify == 2) {
        return "\"ssl_verify_client\" would do nothing beside \"cba\": remove it";
    }

    if (sscf->client_certificate.len) {
        return "\"ssl_client_certificate\" would do nothing beside \"cba\": "
               "use \"cba_trusted_certificates\"";
    }

    if (sscf->crl.len) {
        return "\"ssl_crl\" would do nothing beside \"cba\": use \"cba_crls\"";
    }

    if (sscf->ocsp) {
        return "\"ssl_ocsp\" would do nothing beside \"cba\": use \"cba_deny\"";
    }

    if (sscf->verify_depth != 1) {
        return "\"ssl_verify_depth\" would do nothing beside \"cba\": remove it";
    }

    return NULL;
}


static char *
ngx_http_cba(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_cba_loc_conf_t  *clcf = conf;

    clcf->conf_name = cf->conf_file->file.name;
    clcf->conf_line = cf->conf_file->line;

    return ngx_conf_set_enum_slot(cf, cmd, conf);
}


/* A file, and the e-mail domains that its certificates may speak for. */

static char *
ngx_http_cba_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *p = conf;

    ngx_str_t             *value;
    cba_span              *domain;
    ngx_uint_t             i;
    ngx_array_t          **files;
    ngx_http_cba_file_t   *file;

    files = (ngx_array_t **) (p + cmd->offset);
    value = cf->args->elts;

    if (*files == NGX_CONF_UNSET_PTR) {
        *files = ngx_array_create(cf->pool, 1, sizeof(ngx_http_cba_file_t));
        if (*files == NULL) {
            return NGX_CONF_ERROR;
        }

    } else if (cmd->offset == offsetof(ngx_http_cba_srv_conf_t, config)) {
        return "is duplicate";
    }

    file = ngx_array_push(*files);
    if (file == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(file, sizeof(ngx_http_cba_file_t));

    file->directive = value[0];
    file->name = value[1];
    file->conf_name = cf->conf_file->file.name;
    file->conf_line = cf->conf_file->line;

    if (ngx_conf_full_name(cf->cycle, &file->name, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "domain=", 7) != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        if (file->domains == NULL) {
            file->domains = ngx_array_create(cf->pool, 1, sizeof(cba_span));
            if (file->domains == NULL) {
                return NGX_CONF_ERROR;
            }
        }

        domain = ngx_array_push(file->domains);
        if (domain == NULL) {
            return NGX_CONF_ERROR;
        }

        domain->ptr = value[i].data + 7;
        domain->len = value[i].len - 7;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_cba_identity(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_cba_srv_conf_t  *cscf = conf;

    ngx_str_t   *value;
    ngx_uint_t   i, san, places[2];

    if (cscf->email_sources != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {

        san = (ngx_strcmp(value[i].data, "san") == 0);

        if (!san && ngx_strcmp(value[i].data, "subject") != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid value \"%V\"", &value[i]);
            return NGX_CONF_ERROR;
        }

        places[i - 1] = san;
    }

    if (cf->args->nelts == 2) {
        cscf->email_sources = places[0] ? CBA_EMAIL_SAN : CBA_EMAIL_SUBJECT;
        return NGX_CONF_OK;
    }

    if (places[0] == places[1]) {
        return "names one place twice";
    }

    cscf->email_sources = places[0] ? CBA_EMAIL_SAN_THEN_SUBJECT : CBA_EMAIL_SUBJECT_THEN_SAN;

    return NGX_CONF_OK;
}


/* Policies in dotted form; they are read when the verifier is made. */

static char *
ngx_http_cba_policies(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_cba_srv_conf_t  *cscf = conf;

    cba_span    *policy;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (cscf->policies != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    cscf->policies = ngx_array_create(cf->pool, cf->args->nelts - 1, sizeof(cba_span));
    if (cscf->policies == NULL) {
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {

        policy = ngx_array_push(cscf->policies);
        if (policy == NULL) {
            return NGX_CONF_ERROR;
        }

        policy->ptr = value[i].data;
        policy->len = value[i].len;
    }

    cscf->policies_conf_name = cf->conf_file->file.name;
    cscf->policies_conf_line = cf->conf_file->line;

    return NGX_CONF_OK;
}


static char *
ngx_http_cba_login(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_cba_loc_conf_t  *clcf = conf;

    u_char     *p, *end, *name;
    ngx_str_t  *value;

    if (clcf->login == NGX_CONF_UNSET_PTR) {
        clcf->login = NULL;
    }

    clcf->login_conf_name = cf->conf_file->file.name;
    clcf->login_conf_line = cf->conf_file->line;

    value = cf->args->elts;
    clcf->reads_body = 0;
    end = value[1].data + value[1].len;

    for (p = value[1].data; p < end; p++) {

        if (*p != '$') {
            continue;
        }

        name = (p + 1 < end && p[1] == '{') ? p + 2 : p + 1;

        if ((size_t) (end - name) < sizeof("cba_") - 1
            || ngx_strncasecmp(name, (u_char *) "cba_", 4) != 0)
        {
            continue;
        }

        if (ngx_strncasecmp(name, (u_char *) "cba_json_", 9) != 0
            && ngx_strncasecmp(name, (u_char *) "cba_form_", 9) != 0)
        {
            return "cannot be compared with the certificate's own values";
        }

        clcf->reads_body = 1;
    }

    return ngx_http_set_complex_value_slot(cf, cmd, conf);
}
