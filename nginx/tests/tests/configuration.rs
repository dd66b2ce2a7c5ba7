//! `nginx -t`: a configuration that is wrong, or right but dangerous, stops there, with the line and the reason.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use std::io::{Read, Write};
use std::net::TcpStream;

use nginx_tests::{ALICE, BOSS, Checked, Pki, Request, Site, config_json};

const TRUST: &str = "cba_trusted_certificates root.pem;\n";

fn site() -> Site {
    Site::new(&Pki::new())
}

/// A server that trusts the root, and these directives.
fn with(directives: &str) -> Checked {
    site().server("a.example", &format!("{TRUST}{directives}")).test()
}

/// `from-config` with that config.json.
fn from_config(json: impl AsRef<[u8]>) -> Checked {
    site()
        .file("config.json", json)
        .server("a.example", &format!("{TRUST}cba_config config.json;\nlocation / {{ cba from-config; }}"))
        .test()
}

#[test]
fn a_configuration_with_every_directive_passes() {
    let pki = Pki::new();
    site()
        .file("root.der", pki.root.certificate_der())
        .file("partner.pem", test_pki::pem(Pki::seeded("Partner CA", 70).root.certificate_der()))
        .file("deny.txt", format!("# nobody\n\nkey {}\n", "0F".repeat(32)))
        .file("config.json", config_json(true, "secondary"))
        .http("cba off;\ncba_trusted_certificates root.der domain=example.com domain=example.org;")
        .http("cba_intermediates issuing.pem;\ncba_deny deny.txt;\ncba_identity subject san;")
        .http("cba_case fold;\ncba_config config.json;\ncba_advertise on;")
        .server("a.example", "cba primary;\nlocation /open { cba off; }\nlocation /try { cba_enforce off; }")
        .server(
            "b.example",
            "cba_trusted_certificates root.pem;\ncba_trusted_certificates partner.pem domain=partner.example;\n\
             cba_intermediates issuing.pem;\ncba_deny deny.txt;\ncba_identity san subject;\ncba_case exact;\n\
             cba_advertise off;\nssl_verify_client optional_no_ca;\n\
             location /json { cba secondary; cba_login $cba_json_login_id; }\n\
             location /form { cba secondary; cba_login $cba_form_user; }\n\
             location /settings { cba from-config; cba_login $http_x_login; }",
        )
        .server("c.example", "cba_identity san;\nlocation / { cba primary; }")
        .server("d.example", "cba_identity subject;")
        .test()
        .passes();
}

#[test]
fn a_module_that_is_asked_nothing_changes_nothing() {
    site().server("a.example", "ssl_verify_client on;\nssl_client_certificate root.pem;").test().passes();
    site().server("a.example", "cba off;").bare_server("listen 127.0.0.1:@PORT2@;\ncba off;").test().passes();
}

#[test]
fn unknown_values_of_a_directive_stop() {
    for (directive, word) in [
        ("cba tertiary;", "tertiary"),
        ("cba primary secondary;", "number of arguments"),
        ("cba;", "number of arguments"),
        ("cba_identity issuer;", "issuer"),
        ("cba_identity subject subject;", "twice"),
        ("cba_identity;", "number of arguments"),
        ("cba_case lower;", "lower"),
        ("cba_enforce maybe;", "maybe"),
        ("cba_advertise maybe;", "maybe"),
        ("cba_trusted_certificates;", "number of arguments"),
    ] {
        with(directive).stops_at(directive, &[word]);
    }
    for directive in
        ["cba primary;", "cba_case fold;", "cba_identity san;", "cba_advertise on;", "cba_enforce on;"]
    {
        with(&format!("{directive}\n{directive}")).stops_at(directive, &["duplicate"]);
    }
}

#[test]
fn directives_out_of_their_context_stop() {
    for directive in [
        "cba_trusted_certificates root.pem;",
        "cba_intermediates issuing.pem;",
        "cba_deny root.pem;",
        "cba_config config.json;",
        "cba_identity san;",
        "cba_case exact;",
        "cba_advertise off;",
    ] {
        with(&format!("location / {{\n{directive}\n}}")).stops_at(directive, &["is not allowed here"]);
    }
    with("cba_login $arg_user;").stops_at("cba_login", &["is not allowed here"]);
}

#[test]
fn files_that_cannot_be_read_stop() {
    for directive in [
        "cba_trusted_certificates missing.file;",
        "cba_intermediates missing.file;",
        "cba_deny missing.file;",
        "cba_config missing.file;",
    ] {
        with(&format!("cba primary;\n{directive}")).stops_at(directive, &["missing.file", "No such file"]);
        let directory = directive.replace("missing.file", "/");
        with(&format!("cba primary;\n{directory}")).stops_at(&directory, &["\"/\""]);
    }
}

#[test]
fn certificates_that_cannot_be_parsed_stop_with_their_reason() {
    let pem = test_pki::pem(Pki::new().root.certificate_der());
    let der = Pki::new().root.certificate_der().to_vec();
    let text = |text: &str| text.as_bytes().to_vec();
    for (contents, words) in [
        (text(""), "no certificate"),
        (text("# nothing here\n"), "no certificate"),
        (test_pki::pem_block("PRIVATE KEY", b"x").into_bytes(), "no certificate"),
        (pem.replace("-----END CERTIFICATE-----", "").into_bytes(), "malformed PEM block (800)"),
        (pem.replacen('M', "*", 1).into_bytes(), "malformed base64 in a PEM block (801)"),
        (format!("{pem}{}", pem.replacen('M', "*", 1)).into_bytes(), "malformed base64 in a PEM block (801)"),
        (test_pki::pem(&der[..der.len() - 1]).into_bytes(), "the DER ends too early (100)"),
        (der[..der.len() - 1].to_vec(), "the DER ends too early (100)"),
        ([&der[..], b"x"].concat(), "certificate 2"),
        (test_pki::pem(b"not a certificate").into_bytes(), "("),
    ] {
        for directive in ["cba_trusted_certificates bad.pem;", "cba_intermediates bad.pem;"] {
            let checked = site()
                .file("bad.pem", &contents)
                .server("a.example", &format!("{TRUST}cba primary;\n{directive}"))
                .test();
            checked.stops_at(directive, &["bad.pem", words]);
        }
    }
}

#[test]
fn deny_lists_with_a_line_that_is_no_entry_stop() {
    let hash = "0f".repeat(32);
    for line in [hash.as_str(), "key", "key 0f", &format!("serial {hash}"), &format!("key {hash} x")] {
        site()
            .file("deny.txt", format!("key {hash}\n# fine\n{line}\n"))
            .server("a.example", &format!("{TRUST}cba primary;\ncba_deny deny.txt;"))
            .test()
            .stops_at("cba_deny", &["deny.txt", "malformed line in a deny list (710)"]);
    }
}

#[test]
fn domains_that_are_none_stop() {
    for parameter in
        ["domain=", "domain=localhost", "domain=@example.com", "domain=a..b", "domain=..example.com"]
    {
        let directive = format!("cba_trusted_certificates root.pem {parameter};");
        with(&format!("cba primary;\n{directive}")).stops_at(&directive, &["malformed e-mail domain (505)"]);
    }
    for parameter in ["domains=example.com", "example.com", "Domain=example.com"] {
        let directive = format!("cba_trusted_certificates root.pem {parameter};");
        with(&format!("cba primary;\n{directive}")).stops_at(&directive, &[parameter]);
    }
}

#[test]
fn a_server_that_asks_without_trust_stops() {
    for directive in
        ["cba primary;", "location / {\ncba primary;\n}", "location /a {\nif ($arg_x) {\n}\ncba primary;\n}"]
    {
        let checked = site().server("a.example", directive).test();
        checked.stops_at("cba primary;", &["cba_trusted_certificates"]);
    }
    let nested = "location /a {\nlocation /a/b {\ncba primary;\n}\n}";
    site().server("a.example", nested).test().stops_at("cba primary;", &["cba_trusted_certificates"]);
    let inherited =
        site().http("cba primary;").server("a.example", TRUST).server("b.example", "location / { }");
    inherited.test().stops_at("cba primary;", &["cba_trusted_certificates"]);
}

#[test]
fn a_server_that_asks_without_tls_stops() {
    let plain = format!("listen 127.0.0.1:@PORT2@;\n{TRUST}cba primary;");
    site().bare_server(&plain).test().stops_at("cba primary;", &["listen ... ssl"]);
    let location = format!("listen 127.0.0.1:@PORT2@;\n{TRUST}location / {{\ncba primary;\n}}");
    site().bare_server(&location).test().stops_at("cba primary;", &["listen ... ssl"]);
}

#[test]
fn a_plain_address_of_a_server_that_asks_refuses() {
    let nginx = site()
        .server(
            "a.example",
            &format!("listen 127.0.0.1:@PORT2@;\n{TRUST}cba primary;\nlocation / {{ return 200; }}"),
        )
        .start();
    let mut stream = TcpStream::connect(("127.0.0.1", nginx.port2())).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\nhost: a.example\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 403 "), "{response}");
    assert!(response.contains("no client certificate (605)"), "{response}");
}

#[test]
fn a_location_inside_a_condition_is_a_place_too() {
    let directive = "location / {\nif ($arg_x) {\ncba primary;\n}\n}";
    assert!(!with(directive).accepted, "cba in a condition");
}

#[test]
fn from_config_and_cba_config_go_together() {
    with("cba from-config;").stops_at("cba from-config;", &["cba_config"]);
    with("location / {\ncba from-config;\n}").stops_at("cba from-config;", &["cba_config"]);
    site()
        .file("config.json", config_json(true, "primary"))
        .server("a.example", &format!("{TRUST}cba primary;\ncba_config config.json;"))
        .test()
        .stops_at("cba_config", &["from-config"]);
}

#[test]
fn a_config_json_that_cannot_be_understood_stops_with_its_reason() {
    from_config(config_json(true, "primary")).passes();
    let good = config_json(true, "primary");
    for (json, words) in [
        ("", "the configuration is empty (709)"),
        ("{", "malformed JSON (700)"),
        ("{} {}", "malformed JSON (700)"),
        ("{}", "no ExperimentalSettings in the configuration (702)"),
        (&good.replace("true", "\"true\""), "setting of the wrong type (703)"),
        (&good.replace("primary", "tertiary"), "neither primary nor secondary (704)"),
        (&good.replace("{\"C", "{\"ClientSideCertEnable\": true, \"C"), "duplicate setting (705)"),
        (&good.replace("ClientSideCertCheck", "clientsidecertcheck"), "setting spelt in another case (706)"),
    ] {
        from_config(json).stops_at("cba_config", &["config.json", words, "byte"]);
    }
    from_config(b"\xff\xfe{\0}\0").stops_at("cba_config", &["config.json", "(708)"]);
}

#[test]
fn secondary_without_a_login_to_compare_with_stops() {
    with("cba secondary;").stops_at("cba secondary;", &["cba_login"]);
    with("location / {\ncba secondary;\n}").stops_at("cba secondary;", &["cba_login"]);
    with("cba secondary;\nlocation /a { cba_login $arg_user; }\nlocation /b { }")
        .stops_at("cba secondary;", &["cba_login"]);
    with("location / {\ncba secondary;\ncba_login $arg_user;\n}").passes();
    let settings = from_config(config_json(true, "secondary"));
    settings.stops_at("cba from-config;", &["cba_login"]);
}

#[test]
fn a_login_that_nothing_compares_with_stops() {
    for place in ["cba primary;", "cba off;", ""] {
        with(&format!("location / {{\n{place}\ncba_login $arg_user;\n}}"))
            .stops_at("cba_login", &["secondary"]);
    }
    site()
        .file("config.json", config_json(true, "primary"))
        .server(
            "a.example",
            &format!(
                "{TRUST}cba_config config.json;\nlocation / {{ cba from-config; cba_login $arg_user; }}"
            ),
        )
        .test()
        .passes();
}

#[test]
fn directives_that_would_do_nothing_beside_the_module_stop() {
    for directive in [
        "ssl_crl crl.pem;",
        "ssl_ocsp on;",
        "ssl_ocsp leaf;",
        "ssl_verify_depth 3;",
        "ssl_client_certificate root.pem;",
        "ssl_verify_client on;",
        "ssl_verify_client optional;",
    ] {
        let crl = test_pki::pem_block("X509 CRL", &crl());
        let name = directive.split(' ').next().unwrap();
        // What OpenSSL or NGINX itself wants beside the directive may not hide our own error.
        let more = if directive.starts_with("ssl_verify_client") {
            "ssl_client_certificate root.pem;\n"
        } else {
            ""
        };
        for cba in ["cba primary;", "location / {\ncba primary;\n}"] {
            let text = format!("{TRUST}{more}{directive}\n{cba}");
            let checked = site().file("crl.pem", &crl).server("a.example", &text).test();
            assert!(!checked.accepted && checked.message.contains(name), "{directive}: {checked:?}");
        }
        // Without the module, the server's own business.
        let text =
            format!("ssl_client_certificate root.pem;\n{}", if more.is_empty() { "" } else { directive });
        site().server("a.example", &text).test().passes();
    }
}

#[test]
fn an_address_shared_with_a_server_that_verifies_clients_itself_stops() {
    for verify in ["on", "optional", "optional_no_ca"] {
        let other = format!("ssl_client_certificate root.pem;\nssl_verify_client {verify};");
        let module = format!("{TRUST}cba primary;");
        for servers in [[&module, &other], [&other, &module]] {
            let checked = site().server("a.example", servers[0]).server("b.example", servers[1]).test();
            assert!(!checked.accepted, "{checked:?}");
            assert!(checked.message.contains("ssl_verify_client"), "{checked:?}");
            assert!(checked.message.contains("nginx.conf:"), "{checked:?}");
        }
        let apart = format!("listen 127.0.0.1:@PORT2@ ssl;\n{other}");
        site().server("a.example", &module).bare_server(&apart).test().passes();
    }
}

#[test]
fn a_switched_off_config_json_is_warned_of_and_its_places_refuse() {
    let pki = Pki::new();
    let site = Site::new(&pki).file("config.json", config_json(false, "primary")).server(
        "a.example",
        &format!(
            "{TRUST}cba_config config.json;\nlocation / {{ return 200 open; }}\n\
                 location /login {{\ncba from-config;\nreturn 200 in; }}"
        ),
    );
    let checked = site.test();
    checked.passes();
    let warned = checked.message.lines().any(|line| line.contains("[warn]") && line.contains("config.json"));
    assert!(warned, "{checked:?}");
    let nginx = site.start();
    let alice = pki.alice();
    let answer = |target: &str| nginx.client(Some(&alice), "a.example").get(target).decision();
    assert_eq!(answer("/login"), "403 refused certificate login is switched off (606)");
    assert_eq!(answer("/"), "200 off");
    assert!(nginx.refusals()[0].contains("certificate login is switched off (606)"));

    nginx.site.write("config.json", config_json(true, "primary"));
    nginx.reload();
    let answer = |target: &str| nginx.client(Some(&alice), "a.example").get(target).decision();
    assert_eq!(answer("/login"), "200 login alice@example.com");
}

#[test]
fn a_reload_with_a_wrong_file_keeps_what_was_in_force() {
    let pki = Pki::new();
    let nginx = Site::new(&pki)
        .file("deny.txt", "")
        .server(
            "a.example",
            &format!("{TRUST}cba primary;\ncba_deny deny.txt;\nlocation / {{ return 200; }}"),
        )
        .start();
    nginx.site.write("deny.txt", "nonsense\n");
    let error = nginx.try_reload().unwrap_err();
    assert!(error.contains("deny.txt") && error.contains("(710)"), "{error}");
    let decisions = || {
        let [good, bad] = [pki.alice(), pki.expired()];
        [good, bad].map(|identity| nginx.client(Some(&identity), "a.example").get("/").decision())
    };
    assert_eq!(decisions(), ["200 login alice@example.com", "403 refused expired (402)"]);
    // A worker that is started now has what the master kept.
    nginx.lose_workers();
    assert_eq!(decisions(), ["200 login alice@example.com", "403 refused expired (402)"]);
}

#[test]
fn from_config_compares_where_config_json_says_secondary() {
    let pki = Pki::new();
    let nginx = Site::new(&pki)
        .file("config.json", config_json(true, "secondary"))
        .server(
            "a.example",
            &format!(
                "{TRUST}cba_config config.json;\n\
                 location / {{ cba from-config; cba_login $http_x_login; empty_gif; }}"
            ),
        )
        .start();
    let typing = |email: &str| {
        let request = Request::get("/").header("x-login", email);
        nginx.send(Some(&pki.alice()), "a.example", &request).decision()
    };
    assert_eq!(typing(ALICE), "200 password alice@example.com");
    assert_eq!(typing(BOSS), "403 refused the login e-mail is not the certificate's (602)");
}

/// An empty CRL of the test's root, in DER.
fn crl() -> Vec<u8> {
    use test_pki::der;
    let pki = Pki::new();
    let scheme = test_pki::SignatureScheme::Ecdsa(test_pki::Hash::Sha256);
    let tbs = der::sequence([
        der::integer(1),
        scheme.identifier(),
        pki.root.subject_der().to_vec(),
        der::time(1_735_689_600),
        der::time(2_051_222_400),
    ]);
    test_pki::signed(&tbs, pki.root.key(), scheme)
}
