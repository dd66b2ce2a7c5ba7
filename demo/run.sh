#!/bin/sh
# Shows libcba's main job: who may log in, who may not, and why.
#
# Makes a root, an issuing CA and client certificates with openssl in a temporary directory, lets cba judge
# them, then NGINX with the module, which curl visits on loopback, and fails loudly where a verdict is not the
# right one. No network beyond loopback.
#
# Environment: CBA (target/release/cba); NGINX and CBA_NGINX_MODULE (demo/nginx.sh)
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cba=${CBA:-$here/../target/release/cba}
case $cba in
    /*) ;;
    */*) cba=$(pwd)/$cba ;;
    *) cba=$(command -v "$cba" || echo "$cba") ;;
esac
if [ ! -x "$cba" ]; then
    echo "demo: no cba at $cba: build it with: cargo build --release -p cba-cli" >&2
    exit 1
fi
command -v openssl >/dev/null || { echo "demo: openssl is needed" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/cba-demo.XXXXXX")
nginx_pid=
trap '[ -z "$nginx_pid" ] || stop_nginx; rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
umask 077
cp "$here/openssl.cnf" "$work"
cd "$work"

# -- how it is shown -------------------------------------------------------------------------------

number=0
: >summary

fail() {
    printf '\ndemo: FAILED: %s\n' "$1" >&2
    exit 1
}

# quietly COMMAND...: shows what it says only if it fails.
quietly() {
    if ! "$@" >log 2>&1; then
        cat log >&2
        fail "$*"
    fi
}

# show TITLE STATUS WORDS WHY ARGUMENTS...: runs cba, requires that exit status and those words.
show() {
    title=$1 want=$2 words=$3 why=$4
    shift 4
    number=$((number + 1))
    printf '\n%s. %s\n\n   $ cba %s\n' "$number" "$title" "$*"
    got=0
    "$cba" "$@" >output 2>&1 || got=$?
    sed 's/^/   | /' output
    printf '   exit status %s\n\n   %s\n' "$got" "$why"
    [ "$got" -eq "$want" ] || fail "exit status $got where $want is right"
    says "$words"
    printf '%2s  %-53s  %4s  %s\n' "$number" "$title" "$got" "$words" >>summary
}

# says WORDS: the last output must say them.
says() {
    grep -qF -- "$1" output || fail "the output does not say: $1"
}

# never WORDS: the last verdict, which is the first line, must not say them.
never() {
    ! head -n 1 output | grep -qF -- "$1" || fail "the verdict says: $1"
}

# -- the CA, as in docs/certificates.md ------------------------------------------------------------

echo "Making a root, an issuing CA and client certificates with $(openssl version)."

# key NAME: a private key on P-256.
key() {
    quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"
}

# serial: a random positive number of 16 bytes.
serial() {
    echo "0x1$(openssl rand -hex 16 | cut -c 2-)"
}

key root
quietly openssl req -new -x509 -config openssl.cnf -extensions root -days 3650 \
    -key root.key -subj "/O=Example Corp/CN=Example Root CA" -out root.crt
key issuing
quietly openssl req -new -config openssl.cnf -key issuing.key \
    -subj "/O=Example Corp/CN=Example Issuing CA" -out issuing.csr
quietly openssl x509 -req -in issuing.csr -CA root.crt -CAkey root.key -set_serial "$(serial)" \
    -days 1825 -sha256 -extfile openssl.cnf -extensions intermediate -out issuing.crt
mkdir issued
: >index.txt
echo 01 >crlnumber

# issue NAME SUBJECT [OPTION...]: a certificate by the CA, which writes the subject itself.
issue() {
    name=$1 subject=$2
    shift 2
    key "$name"
    quietly openssl req -new -config openssl.cnf -key "$name.key" -subj "/CN=$name" -out "$name.csr"
    quietly openssl ca -batch -notext -config openssl.cnf "$@" -in "$name.csr" -subj "$subject" \
        -out "$name.crt"
}

# careless NAME SUBJECT EXTENSIONS: a certificate by the same CA, were it to believe the request.
careless() {
    key "$1"
    quietly openssl req -new -config openssl.cnf -key "$1.key" -subj "$2" -out "$1.csr"
    quietly openssl x509 -req -in "$1.csr" -CA issuing.crt -CAkey issuing.key -set_serial "$(serial)" \
        -days 365 -sha256 -extfile "$3" -extensions client -out "$1.crt"
}

issue alice "/CN=Alice Example/emailAddress=alice@example.com"
issue mallory "/CN=Mallory\/emailAddress=boss@example.com/emailAddress=mallory@example.com"
issue expired "/CN=Alice Example/emailAddress=alice@example.com" \
    -startdate 20200101000000Z -enddate 20210101000000Z

sed 's/^subjectAltName.*//' openssl.cnf >no-san.cnf
sed 's/^subjectAltName.*/subjectAltName = email:boss@example.com/' openssl.cnf >boss-san.cnf
careless nobody "/CN=Mallory\/emailAddress=boss@example.com" no-san.cnf
careless two "/CN=Two/emailAddress=mallory@example.com/emailAddress=boss@example.com" openssl.cnf
careless torn "/CN=Mallory/emailAddress=mallory@example.com" boss-san.cnf

# What Alice and Mallory import: the key, the certificate and the CA between it and the root.
for user in alice mallory; do
    quietly openssl rand -base64 -out "$user.password" 18
    quietly openssl pkcs12 -export -inkey "$user.key" -in "$user.crt" -certfile issuing.crt \
        -name "$user@example.com" -passout "file:$user.password" -out "$user.p12"
done
quietly openssl pkcs12 -in alice.p12 -passin file:alice.password -nokeys -out alice-sent.pem

# A CA that nobody here trusts.
key stranger
quietly openssl req -new -x509 -config openssl.cnf -extensions root -days 3650 \
    -key stranger.key -subj "/O=Stranger/CN=Stranger CA" -out stranger.crt
key forged
quietly openssl req -new -config openssl.cnf -key forged.key \
    -subj "/CN=Alice Example/emailAddress=alice@example.com" -out forged.csr
quietly openssl x509 -req -in forged.csr -CA stranger.crt -CAkey stranger.key -set_serial "$(serial)" \
    -days 365 -sha256 -extfile openssl.cnf -extensions client -out forged.crt

# The recipe that Mattermost published: RSA of 1024 bits, no extensions, serial 01 for everyone.
quietly openssl genrsa -out recipe-ca.key 1024
quietly openssl req -new -x509 -days 365 -key recipe-ca.key -subj "/CN=Recipe CA" -out recipe-ca.crt
for user in alice bob; do
    quietly openssl req -new -newkey rsa:1024 -nodes -keyout "recipe-$user.key" \
        -subj "/CN=$user/emailAddress=$user@example.com" -out "recipe-$user.csr"
    quietly openssl x509 -req -days 365 -in "recipe-$user.csr" -CA recipe-ca.crt -CAkey recipe-ca.key \
        -set_serial 01 -out "recipe-$user.crt"
done

for check in primary secondary; do
    cat >$check.json <<JSON
{ "ExperimentalSettings": { "ClientSideCertEnable": true, "ClientSideCertCheck": "$check" } }
JSON
done

# -- the verdicts ----------------------------------------------------------------------------------

show "primary: Alice logs in without a password" 0 "log in alice@example.com" \
    "The path ends at the root, the certificate is for clientAuth, and it names one address." \
    login --config primary.json --roots root.crt --intermediates issuing.crt alice.crt

show "what her PKCS#12 file holds is enough by itself" 0 "log in alice@example.com" \
    "The issuing CA came out of the file, behind her own certificate." \
    login --config primary.json --roots root.crt alice-sent.pem

show "secondary: she typed her own address" 0 "go on with the password of alice@example.com" \
    "The two addresses are the same but for case; a password is asked for, and it must be hers." \
    login --config secondary.json --roots root.crt --intermediates issuing.crt \
    --login-id Alice@Example.com alice.crt

show "secondary: she typed somebody else's address" 1 "the login e-mail is not the certificate's" \
    "Her certificate does not help with another's password." \
    login --config secondary.json --roots root.crt --intermediates issuing.crt \
    --login-id boss@example.com alice.crt
never "password of"

show "a CN that reads /emailAddress=boss@example.com" 0 "log in mallory@example.com" \
    "Mallory is Mallory: no text of a name is cut up, only the emailAddress attribute counts." \
    login --config primary.json --roots root.crt --intermediates issuing.crt mallory.crt
never "boss@example.com"

show "the same CN, and no emailAddress" 1 "no e-mail address in the certificate" \
    "It holds no address, whatever its CN would like to be read as." \
    login --config primary.json --roots root.crt --intermediates issuing.crt nobody.crt
never "log in"

show "two addresses in one subject" 1 "several different e-mail addresses" \
    "Neither the first nor the last wins." \
    login --config primary.json --roots root.crt --intermediates issuing.crt two.crt

show "subject and subjectAltName that disagree" 1 "several different e-mail addresses" \
    "A CA that checked one and copied the other from the request must not decide by accident." \
    login --config primary.json --roots root.crt --intermediates issuing.crt torn.crt

show "an expired certificate" 1 "notAfter 2021-01-01T00:00:00Z" \
    "The last second of its validity is over." \
    login --config primary.json --roots root.crt --intermediates issuing.crt expired.crt

show "Alice's address, certified by a stranger's CA" 1 "issuer not found" \
    "Anybody can write her address into a certificate; only a trusted CA is believed." \
    login --config primary.json --roots root.crt --intermediates issuing.crt forged.crt

show "a certificate by Mattermost's published recipe" 1 "X.509 version 1 certificate" \
    "Its own CA is the root here, and still: the first reason is enough." \
    login --config primary.json --roots recipe-ca.crt recipe-alice.crt

show "each reason to refuse that certificate" 0 "RSA modulus too short" \
    "inspect does not stop at the first: version 1, no extendedKeyUsage, a key of 1024 bits." \
    inspect recipe-alice.crt
says "X.509 version 1 certificate (200)"
says "extendedKeyUsage is absent (409)"
says "RSA modulus too short (304)"
says "RSA, 1024 bits"

cat recipe-alice.crt recipe-bob.crt >recipe.pem
show "that recipe's other fault: serial 01 for everyone" 0 "certificate 2 of 2" \
    "Alice and Bob have one serial. No certificate shows that by itself, so none is refused for it." \
    inspect recipe.pem
[ "$(grep -cE '^  serial +01$' output)" -eq 2 ] || fail "both serial numbers should be 01"

# -- the same through NGINX ------------------------------------------------------------------------

# shellcheck source=demo/nginx.sh
. "$here/nginx.sh"

printf '\nEvery verdict was the right one.\n\n'
printf '%2s  %-53s  %4s  %s\n' "" "shown" "got" "decisive words"
cat summary
