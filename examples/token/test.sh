#!/bin/sh
# examples/token/test.sh: the example logs in whom it should, and nobody else, with tokens of SoftHSM 2. Where that
# is missing and cannot be installed, every case is counted as skipped.
#
# Environment: CC; CBA_LIBRARY, a libcba.a (built if empty); SOFTHSM2_MODULE, libsofthsm2.so; CBA_VALGRIND, a
# command that programs are run by, such as `valgrind --error-exitcode=99 --leak-check=no`.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
work=$root/target/lib/token
rm -rf "$work"
mkdir -p "$work/tokens" "$work/issued"
log=$work/log
passed=0
failed=0
cases=16

# skip WHY: nothing can be tried.
skip() {
    echo "examples/token: $1: 0 passed, 0 failed, $cases skipped"
    exit 0
}

# must SENTENCE COMMAND...: what is no case, but must work.
must() {
    sentence=$1
    shift
    "$@" > "$log" 2>&1 && return
    echo "examples/token: FAILED: $sentence" >&2
    tail -n 40 "$log" >&2
    exit 1
}

.ci/install softhsm2 libp11-kit-dev opensc openssl pkg-config > "$log" 2>&1 || true
module=${SOFTHSM2_MODULE:-}
for candidate in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so \
    /usr/lib64/pkcs11/libsofthsm2.so /usr/local/lib/softhsm/libsofthsm2.so; do
    [ -n "$module" ] || [ ! -e "$candidate" ] || module=$candidate
done
[ -e "$module" ] || skip 'no SoftHSM 2'
for needed in softhsm2-util pkcs11-tool openssl; do
    command -v $needed > /dev/null || skip "no $needed"
done
pkg-config --exists p11-kit-1 || skip 'no p11-kit/pkcs11.h'

library=${CBA_LIBRARY:-}
if [ -z "$library" ]; then
    must 'libcba is built' ffi/build.sh ring
    library=target/lib/ring/libcba.a
fi
warnings='-std=c99 -Wall -Wextra -Wpedantic -Werror -g -O2'
p11=$(pkg-config --cflags p11-kit-1)
# shellcheck disable=SC2086 # flags
must 'the example is compiled' ${CC:-cc} $warnings -Iinclude $p11 examples/token/token.c "$library" -ldl \
    -Wl,--gc-sections -o "$work/token"
# shellcheck disable=SC2086 # flags
must 'the lying module is compiled' ${CC:-cc} $warnings -shared -fPIC $p11 examples/token/replay.c -ldl \
    -o "$work/replay.so"

# -- a CA, as docs/certificates.md has it ---------------------------------------------------------

cd "$work" || exit 1
config=$root/demo/openssl.cnf
touch index.txt root-index.txt
echo 01 > crlnumber
echo 01 > root-crlnumber

# key NAME KIND: ec or rsa, in PKCS #8.
key() {
    if [ "$2" = rsa ]; then
        must "a key for $1" openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1.key"
    else
        must "a key for $1" openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$2" -out "$1.key"
    fi
}

# person NAME KIND: a key, and the certificate of NAME@example.com.
person() {
    key "$1" "$2"
    must "a request of $1" openssl req -new -config "$config" -key "$1.key" -subj "/CN=$1" -out "$1.csr"
    must "a certificate for $1" openssl ca -batch -notext -config "$config" \
        -subj "/CN=$1/emailAddress=$1@example.com" -in "$1.csr" -out "$1.crt"
}

key root P-256
must 'a root' openssl req -new -x509 -config "$config" -extensions root -days 30 -key root.key \
    -subj '/CN=Root' -out root.crt
key issuing P-256
must 'a request of the CA' openssl req -new -config "$config" -key issuing.key -subj '/CN=Issuing' -out issuing.csr
must 'a CA' openssl x509 -req -in issuing.csr -CA root.crt -CAkey root.key -set_serial 0x1234 -days 30 -sha256 \
    -extfile "$config" -extensions intermediate -out issuing.crt
person alice P-256
person bob rsa
person carol P-384
person revoked P-256
key mallory P-256
key stranger P-256
must 'a certificate that nobody trusts' openssl req -new -x509 -config "$config" -extensions client -days 30 \
    -key stranger.key -subj '/CN=alice/emailAddress=alice@example.com' -out stranger.crt
must 'one is revoked' openssl ca -config "$config" -revoke revoked.crt
must 'a CRL' openssl ca -config "$config" -gencrl -out issuing.crl
must 'a CRL of the root' openssl ca -config "$config" -name root_ca -gencrl -out root.crl
cat issuing.crl root.crl > crls.pem

# -- tokens ---------------------------------------------------------------------------------------

printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$work" > softhsm2.conf
export SOFTHSM2_CONF="$work/softhsm2.conf"

# token LABEL: an empty one, with the PIN 5678.
token() {
    must "a token $1" softhsm2-util --init-token --free --label "$1" --so-pin 12345678 --pin 5678
}

# holds LABEL ID KEY CERTIFICATE: puts a key (none if empty) and a certificate on a token.
holds() {
    [ -z "$3" ] || must "a key on $1" softhsm2-util --import "$3.key" --token "$1" --pin 5678 --label "$3" --id "$2"
    must "$4 in DER" openssl x509 -in "$4.crt" -outform DER -out "$4.der"
    must "a certificate on $1" pkcs11-tool --module "$module" --token-label "$1" --login --pin 5678 \
        --write-object "$4.der" --type cert --id "$2" --label "$4"
}

for name in alice bob carol revoked stranger; do
    token $name
    holds $name 01 $name $name
done
# The CA on the token, and nowhere else.
token chain
holds chain 01 alice alice
holds chain 02 '' issuing
# A public certificate, beside a key of the thief's, and beside none.
token thief
holds thief 01 mallory alice
token keyless
holds keyless 01 '' alice

# -- cases ----------------------------------------------------------------------------------------

# try NAME STATUS WORDS PIN OPTIONS...: what the example says, and its exit status.
try() {
    name=$1
    status=$2
    words=$3
    pin=$4
    shift 4
    # shellcheck disable=SC2086 # a command
    printf '%s\n' "$pin" | ${CBA_VALGRIND:-} ./token --module "${try_module:-$module}" --roots root.crt --pin-fd 0 "$@" \
        > "$log" 2>&1
    got=$?
    if [ $got = "$status" ] && grep -qF -- "$words" "$log"; then
        passed=$((passed + 1))
        printf '  %-52s %s\n' "$name" "$words"
    else
        failed=$((failed + 1))
        printf '  %-52s FAILED with %s\n' "$name" $got
        sed 's/^/      /' "$log"
    fi
}

ca='--intermediates issuing.crt'
# shellcheck disable=SC2086 # options
{
    try 'EC P-256' 0 'Hello, alice@example.com.' 5678 $ca --token alice
    try 'RSA of 2048 bits' 0 'Hello, bob@example.com.' 5678 $ca --token bob
    try 'EC P-384' 0 'Hello, carol@example.com.' 5678 $ca --token carol
    try 'with CRLs' 0 'Hello, alice@example.com.' 5678 $ca --crls crls.pem --token alice
    try 'the CA is on the token' 0 'Hello, alice@example.com.' 5678 --token chain --id 01
    try 'several certificates: a choice' 2 "--token 'alice' --id 01" 5678 $ca
    try 'several on one token: a choice' 2 "--token 'chain' --id 02" 5678 $ca --token chain
    try 'a stolen certificate, and a key of the thief' 1 'wrong answer to the challenge (611)' 5678 $ca --token thief
    try 'a stolen certificate, and no key' 1 'no key with the' 5678 $ca --token keyless
    try 'revoked' 1 'revoked (1000)' 5678 $ca --crls crls.pem --token revoked
    try 'a certificate of nobody known' 1 'issuer not found (400)' 5678 $ca --token stranger
    try 'a wrong PIN' 1 'wrong PIN' 0000 $ca --token alice
    try 'no PIN' 1 'no PIN' '' $ca --token alice
    try 'a name that none can be' 1 'no challenge can be made of this (610)' 5678 $ca --token alice --name ''
    # A token that gives an old answer.
    export REPLAY_MODULE="$module" REPLAY_FILE="$work/kept"
    try_module=$work/replay.so
    try 'an answer that is kept on its way' 0 'Hello, alice@example.com.' 5678 $ca --token alice
    try 'the same answer again' 1 'wrong answer to the challenge (611)' 5678 $ca --token alice
}

echo "examples/token: $passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ] && [ "$passed" = "$cases" ]
