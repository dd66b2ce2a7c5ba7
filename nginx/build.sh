#!/bin/sh
# nginx/build.sh: builds ngx_http_cba_module.so for Debian's nginx into target/nginx, from its package
# nginx-dev and from libcba.a (`make lib`).
#
# Environment: CBA_LIB (target/lib/ring/libcba.a), NGINX_SRC (/usr/share/nginx/src)
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
source=${NGINX_SRC:-/usr/share/nginx/src}
target=$root/target/nginx
CBA_INC=$root/include
CBA_LIB=${CBA_LIB:-$root/target/lib/ring/libcba.a}
export CBA_INC CBA_LIB
# Where nginx is, and where a user's shell does not look.
PATH=$PATH:/usr/sbin

if [ ! -e "$source/conf_flags" ]; then
    echo "nginx: $source is not there: install the package nginx-dev" >&2
    exit 1
fi
if [ ! -e "$CBA_LIB" ]; then
    echo "nginx: $CBA_LIB is not there: make lib" >&2
    exit 1
fi

# configure writes beside itself: it gets a copy. What it was configured for is kept beside.
wanted="$(nginx -v 2>&1) $CBA_LIB $here $(cksum < "$here/config")"
if [ "$(cat "$target/configured" 2> /dev/null)" != "$wanted" ]; then
    rm -rf "$target"
    mkdir -p "$target"
    cp -r "$source" "$target/src"
    # The flags are an array of bash.
    (
        cd "$target/src"
        bash -c '. ./conf_flags && exec ./configure "${NGX_CONF_FLAGS[@]}" "$@"' configure \
            --add-dynamic-module="$here" --builddir="$target/objs" \
            --with-cc-opt='-g -O2 -fstack-protector-strong -Wformat -Werror=format-security -D_FORTIFY_SOURCE=2 -Wextra -Wno-unused-parameter -Wno-missing-field-initializers' \
            --with-ld-opt='-Wl,-z,relro -Wl,-z,now'
    ) > "$target/log" 2>&1 || { tail -n 20 "$target/log" >&2; exit 1; }
    echo "$wanted" > "$target/configured"
fi
make -C "$target/src" -f "$target/objs/Makefile" modules > "$target/log" 2>&1 || { tail -n 40 "$target/log" >&2; exit 1; }
# A running nginx may have the old one loaded, and a file that is written over is a crash: a new one takes its name.
cp "$target/objs/ngx_http_cba_module.so" "$target/new"
mv -f "$target/new" "$target/ngx_http_cba_module.so"
echo "nginx: $target/ngx_http_cba_module.so"
