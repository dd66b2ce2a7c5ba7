//! The right decision in every cell: versions, sessions, certificates, servers, and every way in which NGINX
//! comes from a request to a place.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use nginx_tests::{Client, Connection, Http, Identity, Nginx, Pki, Request, Site, Table, Tls};

const VERSIONS: [(&str, Tls, Http); 4] = [
    ("TLS 1.2, HTTP/1.1", Tls::V1_2, Http::V1_1),
    ("TLS 1.2, HTTP/2", Tls::V1_2, Http::V2),
    ("TLS 1.3, HTTP/1.1", Tls::V1_3, Http::V1_1),
    ("TLS 1.3, HTTP/2", Tls::V1_3, Http::V2),
];

const WELCOME: &str = "200 login alice@example.com";
const NONE: &str = "403 refused no client certificate (605)";

/// What a client may come with, and how it is judged.
fn comers(pki: &Pki) -> [(&'static str, Option<Identity>, &'static str); 5] {
    let forged = pki.identity(&pki.user("boss@example.com").signed_by(&test_pki::Key::p256(66)));
    [
        ("Alice", Some(pki.alice()), WELCOME),
        ("Alice, expired", Some(pki.expired()), "403 refused expired (402)"),
        ("Alice, denied", Some(denied(pki)), "403 refused on the deny list (413)"),
        ("forger", Some(forged), "403 refused bad signature (309)"),
        ("nobody", None, NONE),
    ]
}

fn denied(pki: &Pki) -> Identity {
    pki.identity(&pki.user("alice@example.com").serial(99))
}

#[test]
fn every_version_session_and_certificate_gets_its_decision() {
    let pki = Pki::new();
    let mut table = Table::default();
    for (kind, sessions) in [
        ("ticket", "ssl_session_cache none;"),
        ("shared cache", "ssl_session_tickets off; ssl_session_cache shared:S:4m;"),
    ] {
        let nginx = Site::new(&pki)
            .http(sessions)
            .file("deny.txt", format!("certificate {}\n", denied(&pki).fingerprint()))
            .server(
                "a.example",
                "cba primary; cba_trusted_certificates root.pem; cba_deny deny.txt;\nlocation / { return 200; }",
            )
            .start();
        for (versions, tls, http) in VERSIONS {
            for (comer, identity, wanted) in comers(&pki) {
                let client = Client::with(nginx.port(), identity.as_ref(), tls, http).named("a.example");
                let full = client.connect().unwrap();
                assert!(!full.reused);
                visit_twice(&mut table, &[versions, &format!("full ({kind})"), comer], full, wanted);
                let resumed = client.resume().unwrap();
                assert!(resumed.reused, "{versions} {kind} {comer}: not resumed");
                visit_twice(&mut table, &[versions, &format!("resumed by {kind}"), comer], resumed, wanted);
                // A session that came of a resumed one.
                let again = client.resume().unwrap();
                assert!(again.reused, "{versions} {kind} {comer}: not resumed again");
                visit_twice(&mut table, &[versions, "resumed again", comer], again, wanted);
            }
        }
    }
    table.finish("versions, sessions, certificates");
}

fn visit_twice(table: &mut Table, coordinates: &[&str], mut connection: Connection, wanted: &str) {
    let reused = connection.reused;
    for request in ["first", "kept"] {
        let response = connection.get("/");
        assert_eq!(response.header("session") == "r", reused, "what NGINX says of the session");
        let coordinates = [coordinates, &[request]].concat();
        table.cell(&coordinates, response.decision().as_str(), wanted);
    }
}

/// Three servers on one address: two with different trust, one that asks nothing.
fn three_servers(ours: &Pki, theirs: &Pki, order: [&str; 3]) -> Nginx {
    let site = Site::new(ours).file("theirs.pem", test_pki::pem(theirs.root.certificate_der()));
    let site = site
        .http("ssl_session_cache shared:S:1m; ssl_session_ticket_key ticket.key;")
        .file("ticket.key", [9; 80]);
    let add = |site: Site, name: &str| {
        let directives = match name {
            "ours.example" => "cba primary; cba_trusted_certificates root.pem;",
            "theirs.example" => "cba primary; cba_trusted_certificates theirs.pem;",
            _ => "",
        };
        site.server(name, &format!("{directives}\nlocation / {{ return 200; }}"))
    };
    order.into_iter().fold(site, add).start()
}

#[test]
fn each_server_decides_by_its_own_trust_however_it_is_reached() {
    let (ours, theirs) = (Pki::new(), Pki::seeded("Their CA", 40));
    let mut table = Table::default();
    let unknown = "403 refused issuer not found (400)";
    let judge = |comer: &str, server: &str| match (comer, server) {
        (_, "open.example") => "200 off",
        ("ours", "ours.example") | ("theirs", "theirs.example") => WELCOME,
        ("nobody", _) => NONE,
        _ => unknown,
    };
    let names = ["ours.example", "theirs.example", "open.example"];
    for first in 0..3 {
        let mut order = names;
        order.rotate_left(first);
        let nginx = three_servers(&ours, &theirs, order);
        let default = *order.first().unwrap();
        for (versions, tls, http) in VERSIONS {
            for (comer, identity) in
                [("ours", Some(ours.alice())), ("theirs", Some(theirs.alice())), ("nobody", None)]
            {
                // Some("") stands for no SNI.
                for sni in ["", "ours.example", "theirs.example", "open.example"] {
                    let client = Client::with(nginx.port(), identity.as_ref(), tls, http);
                    let client = if sni.is_empty() { client } else { client.named(sni) };
                    let handshake = if sni.is_empty() { default } else { sni };
                    // On one connection, there and back, so that a verdict of one server could leak into another.
                    let hosts = [handshake, "ours.example", "theirs.example", "open.example", "ours.example"];
                    let mut full = client.connect().unwrap();
                    let first: Vec<_> = hosts.iter().map(|host| visit(&mut full, host)).collect();
                    let mut resumed = client.resume().unwrap();
                    assert!(resumed.reused);
                    let second: Vec<_> = hosts.iter().map(|host| visit(&mut resumed, host)).collect();
                    for (host, (first, second)) in hosts.iter().zip(first.iter().zip(&second)) {
                        let asked = handshake != "open.example";
                        let wanted = match judge(comer, host) {
                            "200 off" => "200 off",
                            // The open server's handshake asks for no certificate.
                            _ if !asked && sni.is_empty() => NONE,
                            _ if !asked => "421",
                            NONE if !sni.is_empty() && *host != sni => "421",
                            decision => decision,
                        };
                        let short = |decision: &str| decision.split(' ').next().unwrap().to_owned();
                        let first = if wanted == "421" { short(first) } else { first.clone() };
                        let second = if wanted == "421" { short(second) } else { second.clone() };
                        let sni = if sni.is_empty() { "no SNI" } else { sni };
                        let default = format!("default {default}");
                        let columns = [versions, &default, sni, host, comer];
                        table.cell(&[&columns[..], &["full"]].concat(), first.as_str(), wanted);
                        table.cell(&[&columns[..], &["resumed"]].concat(), second.as_str(), wanted);
                    }
                }
            }
        }
    }
    table.finish("servers by SNI and Host");
}

fn visit(connection: &mut Connection, host: &str) -> String {
    let response = connection.send(&Request::get("/").host(host));
    assert_eq!(response.header("served-by"), host);
    response.decision()
}

#[test]
fn a_session_of_one_server_gives_nothing_at_another() {
    let (ours, theirs) = (Pki::new(), Pki::seeded("Their CA", 40));
    let nginx = three_servers(&ours, &theirs, ["ours.example", "theirs.example", "open.example"]);
    let mut table = Table::default();
    for (versions, tls, http) in VERSIONS {
        for (there, wanted) in
            [("theirs.example", "403 refused issuer not found (400)"), ("open.example", "200 off")]
        {
            let alice = ours.alice();
            let client = Client::with(nginx.port(), Some(&alice), tls, http).named("ours.example");
            let home = client.get("/").decision();
            table.cell(&[versions, "ours.example", "full"], home.as_str(), WELCOME);
            let client = client.named(there);
            let mut connection = client.resume().unwrap();
            let resumed = if connection.reused { "resumed" } else { "not resumed" };
            table.cell(&[versions, there, resumed], visit(&mut connection, there).as_str(), wanted);
        }
        // A session of a client without a certificate gives none to a server that asks.
        let client = Client::with(nginx.port(), None, tls, http).named("open.example");
        assert_eq!(client.get("/").decision(), "200 off");
        let client = client.named("ours.example");
        let mut connection = client.resume().unwrap();
        // OpenSSL takes the name of a resumed session of TLS 1.2 for the name that was asked for.
        let wanted = if connection.reused && tls == Tls::V1_2 { "421" } else { "403" };
        let decision = visit(&mut connection, "ours.example");
        table.cell(&[versions, "from open to ours"], decision.split(' ').next().unwrap(), wanted);
    }
    table.finish("sessions taken elsewhere");
}

/// Ways into a protected place. `secret` is what must not come out.
const PLACES: &str = r#"
cba_trusted_certificates root.pem;
location = /in { internal; cba primary; return 200 secret; }
location @in { cba primary; return 200 secret; }
location = /open { return 200 open; }
location = /return { cba primary; return 200 secret; }
location = /file { cba primary; alias @DIR@/html/secret.txt; }
location = /any { cba primary; satisfy any; allow all; alias @DIR@/html/secret.txt; }
location = /rewrite-last { rewrite ^ /in last; }
location = /rewrite-break { cba primary; rewrite ^ /secret.txt break; }
location = /error-page { error_page 404 = /in; return 404; }
location = /error-page-named { error_page 404 = @in; return 404; }
location = /try-files { root @DIR@/html; try_files /nothing /in; }
location = /try-files-named { root @DIR@/html; try_files /nothing @in; }
location = /accel { proxy_pass http://127.0.0.1:@PORT2@/accel; }
location = /accel-named { proxy_pass http://127.0.0.1:@PORT2@/accel-named; }
location = /auth { auth_request /in-auth; alias @DIR@/html/secret.txt; }
location = /in-auth { internal; cba primary; return 204; }
location = /auth-inside { cba primary; auth_request /open; alias @DIR@/html/secret.txt; }
location /index/ { cba primary; alias @DIR@/html/; index secret.txt; }
location = /mirror { cba primary; mirror /open; alias @DIR@/html/secret.txt; }
location /nested/ { location /nested/in { cba primary; alias @DIR@/html/secret.txt; } }
location ~ ^/regex/ { cba primary; return 200 secret; }
location = /proxy { cba primary; proxy_pass http://127.0.0.1:@PORT2@/secret; }
location = /condition { cba primary; if ($arg_x = "") { return 200 secret; } return 200 secret; }
location = /page { cba primary; error_page 403 /open; return 200 secret; }
location = /page-200 { cba primary; error_page 403 =200 /open; return 200 secret; }
location = /page-in { cba primary; error_page 403 =200 /in; return 200 secret; }
location = /page-in-named { cba primary; error_page 403 =200 @in; return 200 secret; }
location = /out-rewrite { cba primary; rewrite ^ /hidden last; }
location = /out-try-files { cba primary; root @DIR@/html; try_files /nothing /hidden; }
location = /out-error-page { cba primary; error_page 404 = /hidden; return 404; }
location = /hidden { internal; return 200 secret; }
"#;

#[test]
fn no_way_through_nginx_leads_past_a_location_that_asks() {
    let pki = Pki::new();
    let nginx = Site::new(&pki)
        .file("html/secret.txt", "secret")
        .file("deny.txt", format!("certificate {}\n", denied(&pki).fingerprint()))
        .server("a.example", &format!("cba_deny deny.txt;\n{PLACES}"))
        .bare_server(
            "listen 127.0.0.1:@PORT2@;\nlocation = /secret { return 200 secret; }\n\
             location = /accel { add_header X-Accel-Redirect /in; return 200; }\n\
             location = /accel-named { add_header X-Accel-Redirect @in; return 200; }",
        )
        .start();
    let places: Vec<_> = PLACES.lines().filter_map(|line| line.strip_prefix("location ")).collect();
    let targets = places.iter().filter_map(|line| match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["=", "/open" | "/in" | "/in-auth" | "/hidden", ..] | ["@in", ..] => None,
        ["=", target, ..] => Some(target),
        ["/index/", ..] => Some("/index/"),
        ["/nested/", ..] => Some("/nested/in"),
        ["~", ..] => Some("/regex/x"),
        _ => panic!("what leads to {line}?"),
    });
    let mut table = Table::default();
    for target in targets {
        for (versions, tls, http) in VERSIONS {
            for (comer, identity, wanted) in comers(&pki) {
                let client = Client::with(nginx.port(), identity.as_ref(), tls, http).named("a.example");
                let mut connection = client.connect().unwrap();
                for request in ["first", "kept"] {
                    let response = connection.get(target);
                    let accepted = wanted == WELCOME;
                    // An error page of the operator's own may answer 200, but never with the secret.
                    let status = match target {
                        _ if accepted => 200,
                        "/page-200" => 200,
                        _ => 403,
                    };
                    let got = (response.status, response.text().contains("secret"));
                    table.cell(&[target, versions, comer, request], got, (status, accepted));
                }
            }
        }
    }
    table.finish("ways into a place");
    assert!(nginx.refusals().iter().all(|line| line.contains("request: \"GET /")));
}

#[test]
fn what_the_whole_server_demands_nothing_in_it_gives_away() {
    let pki = Pki::new();
    let body = [
        ("return.example", "return 200 secret;"),
        ("rewrite.example", "rewrite ^ /secret.txt;"),
        ("condition.example", "if ($request_method = GET) { return 200 secret; }"),
        ("any.example", "satisfy any; allow all;"),
        ("location.example", "location / { return 200 secret; }"),
        ("location-any.example", "location / { satisfy any; allow all; try_files /secret.txt =404; }"),
        ("page.example", "error_page 403 =200 /in; location = /in { internal; return 200 secret; }"),
        (
            "page-off.example",
            "error_page 403 =200 /sorry; location = /sorry { internal; cba off; return 403; }",
        ),
        (
            "rewrite-once.example",
            "set $twice \"$twice.\"; if ($twice = ..) { return 403; } rewrite ^ /secret.txt;",
        ),
        ("try.example", "location / { try_files /none @in; } location @in { return 200 secret; }"),
    ];
    let start = Site::new(&pki)
        .file("html/secret.txt", "secret")
        .file("html/index.html", "secret")
        .file("deny.txt", format!("certificate {}\n", denied(&pki).fingerprint()))
        .http("cba primary; cba_trusted_certificates root.pem; cba_deny deny.txt;");
    let nginx = body.iter().fold(start, |site, (name, text)| site.server(name, text)).start();
    let mut table = Table::default();
    for (server, _) in body {
        for (versions, tls, http) in VERSIONS {
            for (comer, identity, wanted) in comers(&pki) {
                let response =
                    Client::with(nginx.port(), identity.as_ref(), tls, http).named(server).get("/index.html");
                let accepted = wanted == WELCOME;
                let got = (response.status == 200, response.text().contains("secret"));
                table.cell(&[server, versions, comer], got, (accepted, accepted));
            }
        }
    }
    table.finish("demands of a whole server");
}

#[test]
fn a_location_may_relax_what_its_server_demands_and_no_more_than_itself() {
    let pki = Pki::new();
    let nginx = Site::new(&pki)
        .server(
            "a.example",
            "cba primary; cba_trusted_certificates root.pem;\n\
             location /open { cba off; return 200 open; }\nlocation / { return 200 secret; }\n\
             location = /out { cba off; rewrite ^ /in last; }",
        )
        .start();
    let mut table = Table::default();
    for (versions, tls, http) in VERSIONS {
        let client = Client::with(nginx.port(), None, tls, http).named("a.example");
        for (target, wanted) in [
            ("/open", "200 off"),
            ("/", NONE),
            ("/open/../", NONE),
            ("//", NONE),
            ("/OPEN", NONE),
            ("/out", NONE),
        ] {
            table.cell(&[versions, target, "nobody"], client.get(target).decision().as_str(), wanted);
        }
        let client = Client::with(nginx.port(), Some(&pki.alice()), tls, http).named("a.example");
        table.cell(&[versions, "/", "Alice"], client.get("/").decision().as_str(), WELCOME);
    }
    table.finish("a location that relaxes");
}

#[test]
fn a_server_that_asks_nothing_is_as_without_the_module() {
    let pki = Pki::new();
    let open = [
        ("rewrite.example", "rewrite ^ /secret.txt;"),
        ("return.example", "return 200 secret;"),
        ("location.example", "rewrite ^/a /b; location /b { rewrite ^ /secret.txt last; } location / { }"),
        (
            "named.example",
            "location / { try_files /none @in; } location @in { rewrite ^ /secret.txt break; }",
        ),
        ("page.example", "error_page 404 =200 /secret.txt; location = /index.html { return 404; }"),
        ("auth.example", "location / { auth_request /yes; } location = /yes { return 204; }"),
    ];
    let mut table = Table::default();
    for site in [
        Site::stock(),
        Site::new(&pki).server("a.example", "cba primary; cba_trusted_certificates root.pem;"),
    ] {
        let site = site.file("html/secret.txt", "secret").file("html/index.html", "secret");
        let nginx = open.iter().fold(site, |site, (name, text)| site.server(name, text)).start();
        for (server, _) in open {
            for (versions, tls, http) in VERSIONS {
                let target = if server == "location.example" { "/a" } else { "/index.html" };
                let response = Client::with(nginx.port(), None, tls, http).named(server).get(target);
                table.cell(&[server, versions], (response.status, response.text().as_str()), (200, "secret"));
            }
        }
    }
    table.finish("servers that ask nothing, without and with the module");
}
