# shellcheck shell=sh
# shellcheck disable=SC2154 # here, number: run.sh has them
# The part of demo/run.sh that goes through NGINX. run.sh reads it, in the directory of its certificates: NGINX
# starts on loopback with the module, curl visits it with the same certificates, and each answer, what the
# server behind NGINX saw, and the line in NGINX's log are shown and checked.
#
# Environment: NGINX (nginx), CBA_NGINX_MODULE (target/nginx/ngx_http_cba_module.so), and, to see that
# the checks do check, DEMO_NGINX_DIRECTIVES: more directives for each server, such as `cba_enforce off;`

PATH=$PATH:/usr/sbin
nginx=${NGINX:-nginx}
module=${CBA_NGINX_MODULE:-$here/../target/nginx/ngx_http_cba_module.so}
for needed in "$nginx" curl; do
    command -v "$needed" >/dev/null || fail "$needed is needed: make nginx"
done
[ -e "$module" ] || fail "no module at $module: make nginx"

# -- NGINX -----------------------------------------------------------------------------------------

# server NAME DIRECTIVES: a TLS server of that name, which passes requests on with who they are from.
server() {
    cat <<CONF
    server {
        listen 127.0.0.1:$port ssl http2;
        server_name $1;
        cba primary;
        $2
        ${DEMO_NGINX_DIRECTIVES:-}
        location / {
            proxy_pass http://127.0.0.1:$behind;
        }
        location = /login {
            cba secondary;
            cba_login "\$cba_json_login_id\$cba_json_id";
            proxy_pass http://127.0.0.1:$behind;
        }
    }
CONF
}

configuration() {
    cat <<CONF
load_module $module;
daemon off;
pid nginx.pid;
error_log error.log notice;
worker_processes 1;
events {}
http {
    access_log off;
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;
    ssl_certificate server.crt;
    ssl_certificate_key server.key;
    # Sessions outlive a reload: one is to be shown that does not help.
    ssl_session_cache shared:demo:1m;
    ssl_session_tickets off;

    # What the client sends by these names is replaced.
    proxy_set_header X-CBA-Status \$cba_status;
    proxy_set_header X-CBA-Email \$cba_email;
    proxy_set_header X-CBA-Device \$cba_device;
    proxy_set_header X-SSL-Client-Cert-Subject-DN "";

$(server chat.example.com "cba_trusted_certificates root.crt domain=example.com;
        cba_intermediates issuing.crt;
        cba_deny deny.txt;
        cba_crls crls.pem;")
$(server recipe.example.com "cba_trusted_certificates recipe-ca.crt;")

    # The server behind: it answers with what it saw.
    server {
        listen 127.0.0.1:$behind;
        default_type text/plain;
        location / {
            return 200 "status \$http_x_cba_status, e-mail \$http_x_cba_email, device \$http_x_cba_device, DN \$http_x_ssl_client_cert_subject_dn\\n";
        }
    }
}
CONF
}

# start_nginx: starts it on two free ports, and waits until it answers.
start_nginx() {
    for _ in 1 2 3 4 5; do
        port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 20000))
        behind=$((port + 1))
        configuration >nginx.conf
        quietly "$nginx" -p "$PWD/" -c nginx.conf -e startup.log -t
        "$nginx" -p "$PWD/" -c nginx.conf -e startup.log 2>/dev/null &
        nginx_pid=$!
        # Until it answers, or has ended.
        while kill -0 "$nginx_pid" 2>/dev/null; do
            ! curl -s "http://127.0.0.1:$behind/" >/dev/null || return 0
            sleep 0.1
        done
        wait "$nginx_pid" || true
        nginx_pid=
        grep -q 'Address already in use' startup.log error.log || break
    done
    cat startup.log error.log >&2
    fail "NGINX did not start"
}

# reload_nginx: with the files as they are now; waits until the worker of before takes no more connections.
reload_nginx() {
    left=$(grep -c 'gracefully shutting down' error.log || true)
    kill -HUP "$nginx_pid"
    tries=0
    until [ "$(grep -c 'gracefully shutting down' error.log || true)" -gt "$left" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || fail "NGINX does not reload"
        sleep 0.1
    done
}

stop_nginx() {
    kill "$nginx_pid" 2>/dev/null || true
    wait "$nginx_pid" 2>/dev/null || true
    nginx_pid=
}

# visit TITLE STATUS WORDS WHY ARGUMENTS...: runs curl, requires that answer and those words: of the server
# behind if it is 200, else of the one line that NGINX then has in its log.
visit() {
    title=$1 want=$2 words=$3 why=$4
    shift 4
    begin "curl$(shown "$@")"
    got=$(OPENSSL_CONF=curl.cnf curl -K curl.conf "$@") || fail "curl: $got"
    answered
}

# resume TITLE STATUS WORDS WHY SESSION: the same by openssl s_client, with a session that it kept.
resume() {
    title=$1 want=$2 words=$3 why=$4
    begin "openssl s_client -sess_in $5"
    ask -sess_in "$5"
    grep -q '^Reused' answer || fail "the session was not resumed"
    got=$(sed -n 's,^HTTP/1.1 \([0-9]*\).*,\1,p' answer)
    answered
}

# ask OPTIONS...: a request for / by openssl s_client; what came is in answer.
ask() {
    printf 'GET / HTTP/1.1\r\nHost: chat.example.com\r\nConnection: close\r\n\r\n' |
        openssl s_client -ign_eof -connect "127.0.0.1:$port" -servername chat.example.com \
            -CAfile server.crt "$@" >answer 2>log || fail "openssl s_client: $(cat log)"
}

# shown ARGUMENTS...: as they would be typed.
shown() {
    for argument; do
        case $argument in
            *[!A-Za-z0-9_./:=-]*) printf " '%s'" "$argument" ;;
            *) printf ' %s' "$argument" ;;
        esac
    done
}

# begin COMMAND: shows what is done, and remembers where the log ends.
begin() {
    number=$((number + 1))
    printf '\n%s. %s\n\n   $ %s\n' "$number" "$title" "$1"
    before=$(wc -l <error.log)
}

# answered: shows the answer, got, and what NGINX has logged, and requires what visit was told to.
answered() {
    if [ "$got" = 200 ]; then
        cp answer output
    else
        : >output
    fi
    tail -n "+$((before + 1))" error.log | sed -n 's/.*\(cba: refused: .*\), client: .*/\1/p' >line
    sed 's/^/   | the server behind: /' output
    sed 's/^/   | error.log: /' line
    printf '   HTTP %s\n\n   %s\n' "$got" "$why"
    [ "$got" = "$want" ] || fail "HTTP $got where $want is right"
    lines=0
    [ "$want" = 200 ] || lines=1
    [ "$(wc -l <line)" -eq "$lines" ] || fail "$(wc -l <line) lines in the log where $lines is right"
    cat line >>output
    says "$words"
    printf '%2s  %-53s  %4s  %s\n' "$number" "$title" "$got" "$words" >>summary
}

# -- its certificates ------------------------------------------------------------------------------

key server
quietly openssl req -new -x509 -key server.key -days 1 -subj "/CN=chat.example.com" \
    -addext "subjectAltName=DNS:chat.example.com,DNS:recipe.example.com" -out server.crt
issue phone "/CN=Alice's phone/emailAddress=alice@example.com"
: >deny.txt

# crls: new lists of both CAs, in crls.pem.
crls() {
    quietly openssl ca -config openssl.cnf -gencrl -out issuing.crl
    quietly openssl ca -config openssl.cnf -name root_ca -gencrl -out root.crl
    cat issuing.crl root.crl >crls.pem
}
: >root-index.txt
echo 01 >root-crlnumber
crls

start_nginx
cat >curl.conf <<CONF
silent
show-error
cacert = "server.crt"
connect-to = "::127.0.0.1:$port"
output = "answer"
write-out = "%{http_code}"
CONF
# Debian's curl would not present a key of 1024 bits; it is NGINX that judges here.
cat >curl.cnf <<'CONF'
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = client
[client]
CipherString = DEFAULT@SECLEVEL=0
CONF
site=https://chat.example.com
printf '\nNGINX with the module, on port %s; curl visits it with the same certificates.\n' "$port"

# -- the verdicts ----------------------------------------------------------------------------------

visit "NGINX, primary: Alice logs in without a password" 200 "status login, e-mail alice@example.com" \
    "The server behind NGINX is told who she is." \
    --cert alice.crt --key alice.key $site/

visit "NGINX: no certificate" 403 "no client certificate (605), certificate -" \
    "The handshake is completed, and the answer says no." \
    $site/

visit "NGINX, fault 1: a CN that holds another's address" 200 "status login, e-mail mallory@example.com" \
    "The original cut the text of the name at / and =, and would log in the boss." \
    --cert mallory.crt --key mallory.key $site/
never "e-mail boss@example.com"

visit "NGINX, fault 1: the same CN, and no emailAddress" 403 "no e-mail address in the certificate (500)" \
    "It holds no address." \
    --cert nobody.crt --key nobody.key $site/

visit "NGINX, secondary: she typed her own address" 200 "status password, e-mail alice@example.com" \
    "The server behind asks for the password, and it must be hers." \
    --cert alice.crt --key alice.key --json '{"login_id":"Alice@Example.com"}' $site/login

visit "NGINX, fault 2: she typed another's address" 403 "the login e-mail is not the certificate's (602)" \
    "The original compared nothing: any certificate, anybody's password." \
    --cert alice.crt --key alice.key --json '{"login_id":"boss@example.com"}' $site/login

visit "NGINX, fault 3: a request that names somebody else" 200 "status login, e-mail alice@example.com" \
    "The original took the account from the member id. Only the certificate names the user." \
    --cert alice.crt --key alice.key --json '{"id":"boss@example.com"}' -H "X-CBA-Email: boss@example.com" \
    -H "X-SSL-Client-Cert-Subject-DN: /emailAddress=boss@example.com" $site/
never "boss@example.com"

visit "NGINX, fault 3: secondary, another account by its id" 403 \
    "the login e-mail is not the certificate's (602)" \
    "What Mattermost would look at first is compared, too." \
    --cert alice.crt --key alice.key \
    --json '{"login_id":"alice@example.com","id":"4xp9fdt77pncbef59f4k1qe83o"}' $site/login

visit "NGINX, fault 4: two addresses in one subject" 403 "several different e-mail addresses (501)" \
    "In the original the last one won." \
    --cert two.crt --key two.key $site/

visit "NGINX: subject and subjectAltName that disagree" 403 "several different e-mail addresses (501)" \
    "Neither of the two wins." \
    --cert torn.crt --key torn.key $site/

title="NGINX, fault 5: a ClientSideCertCheck unknown to it" words="neither primary nor secondary (704)"
sed 's/"secondary"/"tertiary"/' secondary.json >unknown.json
sed 's/^ *cba primary;/        cba from-config; cba_config unknown.json;/' nginx.conf >unknown.conf
begin "nginx -t -c unknown.conf"
got=0
"$nginx" -p "$PWD/" -c unknown.conf -e startup.log -t >output 2>&1 || got=$?
sed -n "s,$PWD/,,g; s/.*\(\[emerg\]\) /   | \1 /p" output
printf '   exit status %s\n\n   %s\n' "$got" "The original took it for secondary. Here it stops the configuration."
[ "$got" -eq 1 ] || fail "exit status $got where 1 is right"
says "$words"
printf '%2s  %-53s  %4s  %s\n' "$number" "$title" "$got" "$words" >>summary

visit "NGINX, fault 6: a header in place of a certificate" 403 "no client certificate (605)" \
    "The original believed it, and never looked at the certificate." \
    -H "X-SSL-Client-Cert-Subject-DN: /emailAddress=alice@example.com" $site/

visit "NGINX, fault 6: her address, by a stranger's CA" 403 "issuer not found (400)" \
    "Only a trusted CA is believed." \
    --cert forged.crt --key forged.key $site/

visit "NGINX, fault 6: an expired certificate" 403 "expired (402), certificate 0" \
    "Certificate 0 is the client's own." \
    --cert expired.crt --key expired.key $site/

# hex OPTION: that of the expired certificate, as the log has it.
hex() {
    openssl x509 -in expired.crt -noout "$@" | sed 's/.*=//; s/://g' | tr A-F a-f
}
visit "NGINX, fault 7: the refusal is on record" 403 "fingerprint $(hex -fingerprint -sha256)" \
    "The original kept no trace. The record names certificate, issuer and serial number." \
    --cert expired.crt --key expired.key $site/
says "serial $(hex -serial)"

visit "NGINX, fault 8: Mattermost's published recipe" 403 "X.509 version 1 certificate (200)" \
    "This server trusts the recipe's own CA, and still." \
    --cert recipe-alice.crt --key recipe-alice.key https://recipe.example.com/

visit "NGINX, fault 9: her phone is another device" 200 "e-mail alice@example.com, device cn:Alice's phone" \
    "The original promised devices and told none apart." \
    --cert phone.crt --key phone.key $site/

# -- taken back ------------------------------------------------------------------------------------

ask -cert alice.crt -key alice.key -sess_out session
grep -q 'e-mail alice@example.com' answer || fail "the session to resume is not Alice's"
printf '# Lost on a train\nkey %s\n' \
    "$(openssl pkey -in alice.key -pubout -outform DER | openssl dgst -sha256 -r | cut -d ' ' -f 1)" >deny.txt
reload_nginx

visit "NGINX: Alice's key on the deny list, and a reload" 403 "on the deny list (413)" \
    "Everything else about her certificate is right." \
    --cert alice.crt --key alice.key $site/

resume "NGINX: her session from before, resumed" 403 "on the deny list (413)" \
    "It sends no certificate, and is judged again by what the session kept." \
    session

visit "NGINX: her phone, after that" 200 "e-mail alice@example.com, device cn:Alice's phone" \
    "That is another key." \
    --cert phone.crt --key phone.key $site/

ask -cert phone.crt -key phone.key -sess_out session
grep -q 'e-mail alice@example.com' answer || fail "the session to resume is not that of Alice's phone"
quietly openssl ca -config openssl.cnf -revoke phone.crt -crl_reason keyCompromise
crls
reload_nginx

visit "NGINX: her phone, revoked by the CA's list" 403 "revoked (1000), certificate 0" \
    "NGINX read the CRLs of both CAs with the reload." \
    --cert phone.crt --key phone.key $site/

resume "NGINX: the phone's session from before, resumed" 403 "revoked (1000), certificate 0" \
    "It is asked again, too." \
    session

stop_nginx
