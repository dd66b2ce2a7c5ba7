#!/bin/sh
# certificates.sh DIRECTORY: the certificates of the C tests, made with openssl as docs/certificates.md says.
# NAME.crt is PEM, NAME.der is DER, NAME.key is its key.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
mkdir -p "$1"
cp "$here/../../../demo/openssl.cnf" "$1"
cd "$1"
done=
exec 2> certificates.log
trap '[ -n "$done" ] || cat certificates.log' EXIT

key() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"
}

der() {
    openssl x509 -in "$1.crt" -outform DER -out "$1.der"
}

# root NAME SUBJECT
root() {
    key "$1"
    openssl req -new -x509 -config openssl.cnf -extensions root -days 3650 -key "$1.key" -subj "$2" \
        -out "$1.crt"
    der "$1"
}

# below CA NAME SUBJECT EXTENSIONS [CONFIGURATION]: what a CA would sign that looks at nothing.
below() {
    key "$2"
    openssl req -new -config openssl.cnf -key "$2.key" -subj "$3" -out "$2.csr"
    openssl x509 -req -in "$2.csr" -CA "$1.crt" -CAkey "$1.key" -set_serial "0x1$(openssl rand -hex 15)" \
        -days 365 -sha256 -extfile "${5:-openssl.cnf}" -extensions "$4" -out "$2.crt"
    der "$2"
}

alice="/CN=Alice/emailAddress=Alice@Example.com"
root root "/O=Example Corp/CN=Example Root CA"
root stranger "/O=Stranger/CN=Stranger CA"
below root issuing "/O=Example Corp/CN=Example Issuing CA" intermediate
below issuing alice "$alice" client
below root direct "/CN=Direct/emailAddress=direct@example.com" client
below stranger forged "$alice" client

sed 's/^subjectAltName.*//' openssl.cnf > no-san.cnf
sed 's/^subjectAltName.*/subjectAltName = email:boss@example.com/' openssl.cnf > boss.cnf
sed 's/^extendedKeyUsage.*//' openssl.cnf > no-purpose.cnf
sed 's/^extendedKeyUsage.*/&, msSmartcardLogin/' openssl.cnf > card.cnf
sed 's/, digitalSignature/, keyAgreement/' openssl.cnf > no-signature.cnf
sed -e '/^\[ client/,$ s/CA:FALSE/CA:TRUE/' \
    -e '/^\[ client/,$ s/digitalSignature/&, keyCertSign/' openssl.cnf > ca.cnf
below root authority "$alice" client ca.cnf
below issuing nobody "/CN=Nobody" client no-san.cnf
below issuing two "/CN=Two/emailAddress=alice@example.com/emailAddress=boss@example.com" client
below issuing torn "$alice" client boss.cnf
below issuing no-purpose "$alice" client no-purpose.cnf
below issuing card "$alice" client card.cnf
below issuing no-signature "$alice" client no-signature.cnf

# Version 1.
openssl x509 -req -in alice.csr -CA root.crt -CAkey root.key -set_serial 1 -days 365 -out version-1.crt
der version-1
# A server's own.
openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -days 30 \
    -subj "/CN=localhost" -addext "subjectAltName = DNS:localhost, IP:127.0.0.1" -out server.crt

cat root.crt stranger.crt > bundle.crt
cat root.der stranger.der > bundle.der
done=yes
