#!/bin/sh
# nginx/install.sh install|uninstall: puts the module that `make nginx` built where Debian's nginx looks for
# it, as Debian's own modules are: the library, a configuration that loads it, and a link that switches this
# on. Or takes the three away again. It builds nothing, and neither starts nor reloads nginx.
#
# Environment: DESTDIR, put before all of them
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."

DESTDIR=${DESTDIR:-}
built=target/nginx/ngx_http_cba_module.so
library=/usr/lib/nginx/modules/ngx_http_cba_module.so
available=/usr/share/nginx/modules-available/mod-http-cba.conf
enabled=/etc/nginx/modules-enabled/50-mod-http-cba.conf

case ${1:-} in
    install)
        [ -e "$built" ] || { echo "install: $built is not there: make nginx first" >&2 && exit 1; }
        # What a running nginx has loaded is not written over: a new file takes its name.
        install -D -m 644 "$built" "$DESTDIR$library.new"
        mv -f "$DESTDIR$library.new" "$DESTDIR$library"
        install -D -m 644 nginx/install/mod-http-cba.conf "$DESTDIR$available"
        mkdir -p "$DESTDIR$(dirname "$enabled")"
        ln -srf "$DESTDIR$available" "$DESTDIR$enabled"
        for path in "$library" "$available" "$enabled"; do
            echo "install: $DESTDIR$path"
        done
        ;;
    uninstall)
        rm -f "$DESTDIR$enabled" "$DESTDIR$available" "$DESTDIR$library"
        ;;
    *)
        echo 'usage: nginx/install.sh install|uninstall' >&2
        exit 1
        ;;
esac
