//! The faults of the original, one test each, through NGINX: what Mattermost's experimental
//! certificate-based authentication let through must not come back.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use nginx_tests::{ALICE, BOSS, Identity, Nginx, Pki, Request, Site, Upstream, config_json, hex};
use openssl::sha::sha256;
use test_pki::{Authority, Hash, Key, SignatureScheme, attribute, der, oid};

const PRIMARY: &str = "cba primary; cba_trusted_certificates root.pem; location / { return 200 welcome; }";

fn primary(pki: &Pki) -> Nginx {
    Site::new(pki).server("chat.example", PRIMARY).start()
}

/// What the site answers to that certificate of the PKI.
fn visit(nginx: &Nginx, identity: &Identity) -> String {
    nginx.client(Some(identity), "chat.example").get("/").decision()
}

#[test]
fn fault_1_text_in_a_name_is_nobodys_email() {
    let pki = Pki::new();
    let nginx = primary(&pki);
    for name in [
        "x/emailAddress=boss@example.com",
        "/emailAddress=boss@example.com",
        "x,emailAddress=boss@example.com",
        "emailAddress=boss@example.com",
        "x+1.2.840.113549.1.9.1=#1610626f7373406578616d706c652e636f6d",
    ] {
        let alone = pki.identity(&pki.client().common_name(name));
        assert_eq!(visit(&nginx, &alone), "403 refused no e-mail address in the certificate (500)", "{name}");
        for both in [pki.client().common_name(name).email(ALICE), pki.client().email(ALICE).common_name(name)]
        {
            assert_eq!(visit(&nginx, &pki.identity(&both)), "200 login alice@example.com", "{name}");
        }
    }
    let smuggled = pki.identity(&pki.client().email("x/emailAddress=boss@example.com"));
    assert_eq!(visit(&nginx, &smuggled), "403 refused malformed e-mail address (502)");
}

#[test]
fn fault_2_secondary_compares_the_certificates_email_with_the_typed_one() {
    let pki = Pki::new();
    let upstream = Upstream::start();
    let nginx = Site::new(&pki)
        .server(
            "chat.example",
            &format!(
                "cba_trusted_certificates root.pem;\nlocation / {{ cba secondary; \
                 cba_login $cba_json_login_id; proxy_pass http://127.0.0.1:{}; }}",
                upstream.port
            ),
        )
        .start();
    let alice = pki.alice();
    let login = |body: &str| {
        let request = Request::post("/api/v4/users/login", "application/json", body);
        nginx.send(Some(&alice), "chat.example", &request).decision()
    };
    let typing = |email: &str| login(&format!(r#"{{"login_id": "{email}", "password": "secret"}}"#));
    assert_eq!(typing(ALICE), "200 password alice@example.com");
    assert_eq!(typing("Alice@Example.com"), "200 password alice@example.com");
    assert_eq!(typing(BOSS), "403 refused the login e-mail is not the certificate's (602)");
    assert_eq!(typing("alice"), "403 refused the login e-mail is not the certificate's (602)");
    assert_eq!(typing(""), "403 refused no login e-mail to compare with (601)");
    assert_eq!(login(r#"{"password": "secret"}"#), "403 refused no login e-mail to compare with (601)");
}

#[test]
fn fault_3_primary_lets_in_the_certificates_user_whatever_the_request_names() {
    let pki = Pki::new();
    let upstream = Upstream::start();
    let nginx = Site::new(&pki)
        .server(
            "chat.example",
            &format!(
                "cba primary; cba_trusted_certificates root.pem;\nlocation / {{ \
                 proxy_set_header X-User $cba_email; proxy_pass http://127.0.0.1:{}; }}",
                upstream.port
            ),
        )
        .start();
    let alice = pki.alice();
    for named in [BOSS, "", "8xyz7s3k5pd3bkmh9wg1o6mnfe"] {
        let body = format!(r#"{{"id": "{named}", "login_id": "{named}"}}"#);
        let request = Request::post(&format!("/login?id={named}&login_id={named}"), "application/json", body)
            .header("x-user", named)
            .header("x-ssl-client-cert-subject-dn", "emailAddress=boss@example.com")
            .header("cookie", &format!("id={named}"));
        let response = nginx.send(Some(&alice), "chat.example", &request);
        assert_eq!(response.decision(), "200 login alice@example.com");
        let (head, _) = Upstream::seen(&response.body);
        let users = head.iter().filter(|line| line.starts_with("x-user:")).collect::<Vec<_>>();
        assert_eq!(users, ["x-user: alice@example.com"]);
    }
}

#[test]
fn fault_4_of_two_addresses_neither_wins() {
    let pki = Pki::new();
    let nginx = primary(&pki);
    let address = |email: &str| attribute(oid::EMAIL_ADDRESS, der::tag::IA5_STRING, email.as_bytes());
    for leaf in [
        pki.client().email(ALICE).email(BOSS),
        pki.client().email(BOSS).email(ALICE),
        pki.client().rdn([address(ALICE), address(BOSS)]),
        pki.client().email(ALICE).san_email(BOSS),
        pki.client().email(ALICE).san_email(ALICE).san_email(BOSS),
    ] {
        let decision = visit(&nginx, &pki.identity(&leaf));
        assert_eq!(decision, "403 refused several different e-mail addresses (501)");
    }
    let twice = pki.identity(&pki.client().email(ALICE).email("ALICE@example.com"));
    assert_eq!(visit(&nginx, &twice), "200 login alice@example.com");
}

#[test]
fn fault_5_an_unknown_check_stops_nginx() {
    let pki = Pki::new();
    let with = |config: &str| {
        Site::new(&pki)
            .file("config.json", config)
            .server(
                "chat.example",
                "cba_trusted_certificates root.pem;\ncba_config config.json;\n\
                 location / { cba from-config; cba_login $arg_login_id; }",
            )
            .test()
    };
    with(&config_json(true, "primary")).passes();
    with(&config_json(true, "secondary")).passes();
    for unknown in ["Primary", "primary ", "both", "none", ""] {
        let checked = with(&config_json(true, unknown));
        checked.stops_at(
            "cba_config",
            &["config.json", "ClientSideCertCheck is neither primary nor secondary (704)"],
        );
    }
    let null = config_json(true, "x").replace("\"x\"", "null");
    with(&null).stops_at("cba_config", &["config.json", "setting of the wrong type (703)"]);
}

#[test]
fn fault_6_whatever_is_wrong_with_the_certificate_keeps_its_user_out() {
    let pki = Pki::new();
    let stranger = Pki::seeded("Root CA", 40);
    let unknown = Pki::seeded("Unknown CA", 50);
    let denied = pki.identity(&pki.user(ALICE).serial(77));
    let nginx = Site::new(&pki)
        .file("deny.txt", format!("certificate {}\n", denied.fingerprint()))
        .server("chat.example", &format!("cba_deny deny.txt;\n{PRIMARY}"))
        .start();
    let forged = pki.identity(&pki.user(ALICE).signed_by(&Key::p256(66)));
    for (identity, reason) in [
        (stranger.alice(), "bad signature (309)"),
        (unknown.alice(), "issuer not found (400)"),
        (forged, "bad signature (309)"),
        (pki.expired(), "expired (402)"),
        (pki.identity(&pki.user(ALICE).validity(2_000_000_000, 2_051_222_400)), "not yet valid (401)"),
        (pki.identity(&pki.user(ALICE).server_auth()), "extendedKeyUsage does not allow this purpose (408)"),
        (denied, "on the deny list (413)"),
    ] {
        assert_eq!(visit(&nginx, &identity), format!("403 refused {reason}"));
    }
    assert_eq!(visit(&nginx, &pki.alice()), "200 login alice@example.com");
    let believed = Request::get("/")
        .header("x-ssl-client-verify", "SUCCESS")
        .header("x-ssl-client-cert-subject-dn", "emailAddress=alice@example.com")
        .header("ssl-client-cert", "anything");
    let decision = nginx.send(None, "chat.example", &believed).decision();
    assert_eq!(decision, "403 refused no client certificate (605)");
}

#[test]
fn fault_7_a_refusal_is_audited_with_its_reason_and_its_certificate() {
    let pki = Pki::new();
    let nginx = primary(&pki);
    let identity = pki.identity(&pki.user(ALICE).serial(0x1234).validity(0, 86_400));
    assert_eq!(visit(&nginx, &identity), "403 refused expired (402)");
    let [line] = &nginx.refusals()[..] else { panic!("one line for one refusal: {:?}", nginx.refusals()) };
    let record = format!(
        "fingerprint {}, issuer {}, serial 1234, client: 127.0.0.1, server: chat.example, request: \"GET / ",
        identity.fingerprint(),
        hex(&sha256(pki.issuing.subject_der()))
    );
    assert!(line.contains("[error]"), "{line}");
    assert!(line.contains("cba: refused: expired (402), certificate 0, byte "), "{line}");
    assert!(line.contains(&record), "{line}\n{record}");

    assert_eq!(nginx.client(None, "chat.example").get("/").status, 403);
    let line = nginx.refusals().pop().unwrap();
    let record = "cba: refused: no client certificate (605), certificate -, byte -, fingerprint -, \
                  issuer -, serial -, client: ";
    assert!(line.contains(record), "{line}");
}

#[test]
fn fault_8_what_the_published_recipe_made_is_refused_for_its_own_reasons() {
    let root = Authority::root("Root CA", Key::rsa(2048));
    let weak = Authority::root("Weak CA", Key::rsa(1024));
    let pki = Pki { root: root.clone(), issuing: root.clone() };
    let bundle = [&root, &weak].map(|root| test_pki::pem(root.certificate_der())).concat();
    let nginx = Site::new(&pki).file("root.pem", bundle).server("chat.example", PRIMARY).start();
    let leaf = |key: Key| root.issue(key).email(ALICE);
    let sha1 = SignatureScheme::Pkcs1(Hash::Sha1);
    let other = Key::rsa_2048_other;
    for (certificate, key, reason) in [
        (leaf(other()).v1(), other(), "X.509 version 1 certificate (200)"),
        (leaf(Key::rsa(1024)), Key::rsa(1024), "RSA modulus too short (304)"),
        (weak.issue(other()).email(ALICE), other(), "RSA modulus too short (304)"),
        (leaf(other()).scheme(sha1), other(), "SHA-1 signature (303)"),
    ] {
        let identity = Identity::new(certificate.build()).with_key(key);
        assert_eq!(visit(&nginx, &identity), format!("403 refused {reason}"));
    }
    let good = Identity::new(leaf(other()).build()).with_key(other());
    assert_eq!(visit(&nginx, &good), "200 login alice@example.com");
}

#[test]
fn fault_8_two_users_with_one_serial_number_are_told_apart() {
    let pki = Pki::new();
    let [alice, bob] = [ALICE, "bob@example.com"].map(|email| pki.identity(&pki.user(email).serial(1)));
    let nginx = Site::new(&pki)
        .file("deny.txt", format!("certificate {}\n", alice.fingerprint()))
        .server("chat.example", &format!("cba_deny deny.txt;\n{PRIMARY}"))
        .start();
    assert_eq!(visit(&nginx, &alice), "403 refused on the deny list (413)");
    assert_eq!(visit(&nginx, &bob), "200 login bob@example.com");
}

#[test]
fn fault_9_one_user_on_two_devices_has_two_device_identities() {
    let pki = Pki::new();
    let nginx = primary(&pki);
    let device = |seed, host: &str| {
        let key = Key::p256(seed);
        let leaf = pki.issuing.issue(key.clone()).email(ALICE).san_dns(host);
        let identity = pki.identity(&leaf).with_key(key.clone());
        let response = nginx.client(Some(&identity), "chat.example").get("/");
        assert_eq!(response.decision(), "200 login alice@example.com");
        assert_eq!(response.cba("device"), format!("dns:{host}"));
        assert_eq!(response.cba("fingerprint"), identity.fingerprint());
        assert_eq!(response.cba("spki"), hex(&sha256(&key.spki_der())));
        response
    };
    let (laptop, phone) = (device(3, "laptop.example.com"), device(4, "phone.example.com"));
    for name in ["device", "fingerprint", "spki", "serial"] {
        assert_ne!(laptop.cba(name), phone.cba(name), "{name}");
    }
    assert_eq!(laptop.cba("issuer"), phone.cba("issuer"));
}
