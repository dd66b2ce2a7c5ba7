//! Writes `sites.h`: what the appliance has in flash, and what clients present to it. The same bytes each time.

use test_pki::{Authority, CertificateBuilder, Key, oid};

const NOW: i64 = 1_767_225_600;

fn array(name: &str, der: &[u8]) {
    println!("static const uint8_t {name}[] = {{");
    for line in der.chunks(16) {
        let bytes: Vec<_> = line.iter().map(|byte| format!("0x{byte:02x},")).collect();
        println!("    {}", bytes.join(" "));
    }
    println!("}};");
}

/// A root, a CA below it with its CRL, and clients; their keys are those of `key`.
fn site(name: &str, label: &str, key: impl Fn(u64) -> Key) -> String {
    let root = Authority::root("Root", key(1));
    let issuing = root.issue_ca("Issuing", key(2)).build_authority();
    let person = |serial: u64| issuing.issue(key(3)).serial(serial).common_name("Person");
    let alice = person(1).email("alice@example.com").build();
    let revoked = person(2).email("bob@example.com").build();
    let stranger = Authority::root("Root", key(4)).issue_ca("Issuing", key(4)).build_authority();
    let clients: [(&str, Vec<u8>); 5] = [
        ("alice", alice),
        ("bob, whose certificate is revoked", revoked.clone()),
        ("mallory, who signed her own", stranger.issue(key(3)).email("alice@example.com").build()),
        ("carol, whose certificate is over", old(person(3)).email("carol@example.com").build()),
        ("a web server", person(4).without(oid::EXTENDED_KEY_USAGE).email("dave@example.com").build()),
    ];
    let crl = issuing.crl().revoke(&revoked).build();
    array(&format!("{name}_root"), root.certificate_der());
    array(&format!("{name}_issuing"), issuing.certificate_der());
    array(&format!("{name}_crl"), &crl);
    let span = |array: &str| format!("{{ {array}, sizeof({array}) }}");
    let mut entries = String::new();
    for (at, (client, leaf)) in clients.iter().enumerate() {
        array(&format!("{name}_{at}"), leaf);
        entries += &format!("        {{ \"{client}\", {} }},\n", span(&format!("{name}_{at}")));
    }
    let [root, issuing, crl] = ["root", "issuing", "crl"].map(|part| span(&format!("{name}_{part}")));
    format!("    {{ \"{label}\", {root}, {issuing}, {crl}, {{\n{entries}    }} }},\n")
}

fn old(certificate: CertificateBuilder) -> CertificateBuilder {
    certificate.validity(NOW - 1000, NOW - 1)
}

fn main() {
    println!("/* Made by sites.rs. */\n#include <cba.h>\n");
    println!("#define SITES 2\n#define CLIENTS 5\n#define SITES_TIME INT64_C({NOW})\n");
    println!("struct client {{\n    const char *name;\n    cba_span leaf;\n}};\n");
    println!(
        "struct site {{\n    const char *name;\n    cba_span root, issuing, crl;\n    struct client clients[CLIENTS];\n}};\n"
    );
    let p256 = site("p256", "P-256", Key::p256);
    let rsa = site("rsa", "RSA-2048", |seed| if seed == 4 { Key::rsa_2048_other() } else { Key::rsa(2048) });
    println!("static const struct site sites[SITES] = {{\n{p256}{rsa}}};");
}
