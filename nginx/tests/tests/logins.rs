//! The e-mail that a user typed: where it comes from, how it is compared, and that its body reaches the
//! upstream as it came.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic is how a test fails"
)]

use nginx_tests::{ALICE, BOSS, Client, Http, Nginx, Pki, Request, Response, Site, Tls, Upstream};

const TRUST: &str = "cba_trusted_certificates root.pem;\n";
const NAME: &str = "chat.example";

fn site(pki: &Pki, directives: &str) -> Nginx {
    Site::new(pki).server(NAME, &format!("{TRUST}{directives}")).start()
}

/// A site whose `/login` compares what `login` says, and passes the request on.
fn login_site(login: &str) -> Nginx {
    let upstream = Upstream::start();
    let pki = Pki::new();
    Site::new(&pki)
        .http("client_max_body_size 8m;")
        .server(
            NAME,
            &format!(
                "{TRUST}location /login {{ cba secondary; cba_login {login}; \
                 proxy_set_header X-User $cba_email; proxy_pass http://127.0.0.1:{}; }}",
                upstream.port
            ),
        )
        .start()
}

fn form(body: &str) -> Request {
    Request::post("/login", "application/x-www-form-urlencoded", body)
}

fn json(body: &str) -> Request {
    Request::post("/login", "application/json", body)
}

fn as_alice(nginx: &Nginx, request: &Request) -> Response {
    nginx.send(Some(&Pki::new().alice()), NAME, request)
}

#[test]
fn the_login_may_come_from_argument_or_header() {
    let matches = "200 password alice@example.com";
    let differs = "403 refused the login e-mail is not the certificate's (602)";
    let missing = "403 refused no login e-mail to compare with (601)";
    let nginx = login_site("$arg_user");
    let asked = |target: &str| as_alice(&nginx, &Request::get(target)).decision();
    assert_eq!(asked("/login?user=alice@example.com"), matches);
    assert_eq!(asked("/login?user=boss@example.com"), differs);
    assert_eq!(asked("/login?user="), missing);
    assert_eq!(asked("/login"), missing);
    let nginx = login_site("$http_x_login");
    let asked = |email: &str| as_alice(&nginx, &Request::get("/login").header("x-login", email)).decision();
    assert_eq!(asked(ALICE), matches);
    assert_eq!(asked(BOSS), differs);
    assert_eq!(asked("alice@example.com,boss@example.com"), differs);
}

#[test]
fn the_login_may_come_from_the_body_which_is_passed_on_as_it_came() {
    let padding = |length| "x".repeat(length);
    let body_of = |email: &str, length| {
        [
            format!(r#"{{"password": "{}", "login_id": "{email}"}}"#, padding(length)),
            format!("password={}&login_id={}", padding(length), email.replace('@', "%40")),
        ]
    };
    let [json_site, form_site] = ["$cba_json_login_id", "$cba_form_login_id"].map(login_site);
    let alice = Pki::new().alice();
    // In one buffer, in several, and in a temporary file (client_body_buffer_size is 16 KiB).
    for length in [10, 3_000, 15_000, 40_000, 64_000] {
        for (http, chunked) in [(Http::V1_1, false), (Http::V1_1, true), (Http::V2, false), (Http::V2, true)]
        {
            for (email, wanted) in [(ALICE, 200), (BOSS, 403)] {
                let [json_body, form_body] = body_of(email, length);
                for (nginx, request, body) in
                    [(&json_site, json(&json_body), json_body), (&form_site, form(&form_body), form_body)]
                {
                    let request = if chunked { request.chunked() } else { request };
                    let client = Client::with(nginx.port(), Some(&alice), Tls::V1_3, http).named(NAME);
                    let response = client.send(&request);
                    let cell = format!("{length} {http:?} chunked {chunked} {email}");
                    assert_eq!(response.status, wanted, "{cell}: {}", response.decision());
                    if wanted == 200 {
                        let (head, seen) = Upstream::seen(&response.body);
                        assert!(head.contains(&"x-user: alice@example.com".to_owned()), "{cell}: {head:?}");
                        assert_eq!(String::from_utf8_lossy(&seen), body, "{cell}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_kept_connection_compares_each_request_anew() {
    let nginx = login_site("$cba_json_login_id");
    for http in [Http::V1_1, Http::V2] {
        let alice = Pki::new().alice();
        let client = Client::with(nginx.port(), Some(&alice), Tls::V1_3, http).named(NAME);
        let mut kept = client.connect().unwrap();
        for (email, status) in [(ALICE, 200), (BOSS, 403), (ALICE, 200), ("", 403)] {
            let request = json(&format!(r#"{{"login_id": "{email}"}}"#));
            // A refusal with a body unread may end a connection of HTTP/1.1.
            let response = kept.try_send(&request).unwrap_or_else(|_| {
                kept = client.connect().unwrap();
                kept.send(&request)
            });
            assert_eq!(response.status, status, "{email}");
        }
    }
}

#[test]
fn streams_of_one_connection_are_told_apart() {
    let alice = Pki::new().alice();
    for login in ["$cba_json_login_id", "$arg_user"] {
        let nginx = login_site(login);
        let client = Client::with(nginx.port(), Some(&alice), Tls::V1_3, Http::V2).named(NAME);
        let request = |index: usize| {
            let (email, padding) =
                (if index.is_multiple_of(2) { ALICE } else { BOSS }, "x".repeat(index * 700));
            let body = format!(r#"{{"x": "{padding}", "login_id": "{email}"}}"#);
            Request::post(&format!("/login?user={email}"), "application/json", body)
        };
        let requests: Vec<_> = (0..40).map(request).collect();
        for (index, response) in client.connect().unwrap().send_all(&requests).iter().enumerate() {
            let wanted = if index.is_multiple_of(2) { 200 } else { 403 };
            assert_eq!(response.status, wanted, "stream {index}: {}", response.decision());
        }
        assert_eq!(nginx.refusals().len(), 20);
    }
}

#[test]
fn a_body_may_come_in_pieces_behind_its_head_or_with_the_next_request() {
    let nginx = login_site("$cba_json_login_id");
    let alice = Pki::new().alice();
    let client = nginx.client(Some(&alice), NAME);
    let request = |email: &str| {
        let body = format!(r#"{{"login_id": "{email}"}}"#);
        let length = body.len();
        let head = format!(
            "POST /login HTTP/1.1\r\nhost: {NAME}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        (head, body)
    };
    for (email, status) in [(ALICE, 200), (BOSS, 403)] {
        let (head, body) = request(email);
        let (first, rest) = body.split_at(7);
        let (second, third) = rest.split_at(9);
        let pieces = [&head, first, second, third].map(str::as_bytes);
        assert_eq!(client.send_raw(&pieces, 1).unwrap()[0].status, status);
    }
    let statuses = |emails: [&str; 3]| {
        let pipelined = emails.map(request).map(|(head, body)| head + &body).concat();
        let responses = client.send_raw(&[pipelined.as_bytes()], 3).unwrap();
        responses.iter().map(|response| response.status).collect::<Vec<_>>()
    };
    assert_eq!(statuses([ALICE, ALICE, BOSS]), [200, 200, 403]);
    assert_eq!(statuses([ALICE, BOSS, ALICE]), [200, 403, 200]);
}

#[test]
fn a_client_that_hangs_up_in_the_middle_of_its_body_harms_nobody() {
    let nginx = login_site("$cba_json_login_id");
    let alice = Pki::new().alice();
    let client = nginx.client(Some(&alice), NAME);
    let head = format!(
        "POST /login HTTP/1.1\r\nhost: {NAME}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{"
    );
    for pieces in [&[head.as_bytes()][..], &[head.as_bytes(), b"\"login_id\""][..]] {
        assert!(client.send_raw(pieces, 0).unwrap().is_empty());
    }
    let chunked = head.replace("content-length: 100", "transfer-encoding: chunked").replace('{', "zz\r\n");
    assert_eq!(client.send_raw(&[chunked.as_bytes()], 1).unwrap()[0].status, 400);
    assert_eq!(as_alice(&nginx, &json(r#"{"login_id": "alice@example.com"}"#)).status, 200);
    assert!(!nginx.error_log().contains("[alert]"), "{}", nginx.error_log());
}

#[test]
fn a_body_is_compared_wherever_nginx_leads_its_request() {
    let pki = Pki::new();
    let upstream = Upstream::start();
    let login = format!(
        "cba secondary; cba_login $cba_json_login_id; proxy_pass http://127.0.0.1:{};",
        upstream.port
    );
    let nginx = site(
        &pki,
        &format!(
            "location = /login {{ {login} }}\nlocation @login {{ {login} }}\n\
             location = /rewritten {{ rewrite ^ /login last; }}\n\
             location = /tried {{ try_files /none @login; }}\n\
             location = /streamed {{ proxy_request_buffering off; {login} }}\n\
             location = /limited {{ client_body_buffer_size 1k; client_body_in_file_only clean; {login} }}\n\
             location = /primary {{ cba primary; rewrite ^ /login last; }}\n\
             location = /subrequest {{ auth_request /inner; proxy_pass http://127.0.0.1:{port}; }}\n\
             location = /inner {{ internal; {login} }}",
            port = upstream.port
        ),
    );
    let alice = pki.alice();
    for http in [Http::V1_1, Http::V2] {
        for target in ["/login", "/rewritten", "/tried", "/streamed", "/limited", "/primary"] {
            for (email, status) in [(ALICE, 200), (BOSS, 403)] {
                let body = format!(r#"{{"login_id": "{email}", "x": "{}"}}"#, "x".repeat(5_000));
                let client = Client::with(nginx.port(), Some(&alice), Tls::V1_3, http).named(NAME);
                let response = client.send(&Request::post(target, "application/json", &body));
                assert_eq!(response.status, status, "{http:?} {target} {email}: {response:?}");
                if status == 200 {
                    assert_eq!(Upstream::seen(&response.body).1, body.as_bytes(), "{http:?} {target}");
                }
            }
        }
        // A subrequest may find no body; it may not find another's e-mail good.
        let client = Client::with(nginx.port(), Some(&alice), Tls::V1_3, http).named(NAME);
        let body = r#"{"login_id": "boss@example.com"}"#;
        assert_eq!(client.send(&Request::post("/subrequest", "application/json", body)).status, 403);
    }
}

#[test]
fn a_member_or_field_given_twice_is_refused() {
    let twice = "403 refused the login e-mail is given more than once (607)";
    let nginx = login_site("$cba_json_login_id");
    for body in [
        r#"{"login_id": "alice@example.com", "login_id": "boss@example.com"}"#,
        r#"{"login_id": "boss@example.com", "login_id": "alice@example.com"}"#,
        r#"{"login_id": "alice@example.com", "Login_Id": "boss@example.com"}"#,
        r#"{"login_id": "alice@example.com", "login\u005fid": "boss@example.com"}"#,
    ] {
        assert_eq!(as_alice(&nginx, &json(body)).decision(), twice, "{body}");
    }
    let nginx = login_site("$cba_form_login_id");
    for body in [
        "login_id=alice@example.com&login_id=boss@example.com",
        "login_id=boss@example.com&login_id=alice@example.com",
        "login_id=alice@example.com&login%5fid=boss@example.com",
        "login_id=alice@example.com&login.id=boss@example.com",
        "login_id=alice@example.com&login_id[]=boss@example.com",
    ] {
        assert_eq!(as_alice(&nginx, &form(body)).decision(), twice, "{body}");
    }
}

#[test]
fn a_body_that_is_not_what_it_should_be_is_refused() {
    let malformed = "403 refused malformed login request (608)";
    let nginx = login_site("$cba_json_login_id");
    for body in [
        "",
        "null",
        "[]",
        "login_id=alice@example.com",
        r#"[{"login_id": "alice@example.com"}]"#,
        r#"{"login_id": ["alice@example.com"]}"#,
        r#"{"login_id": 1}"#,
        r#"{"login_id": "alice@example.com"} {"login_id": "boss@example.com"}"#,
        r#"{"login_id": "alice@example.com"}&login_id=boss@example.com"#,
        r#"{"login_id": "alice@example.com""#,
    ] {
        assert_eq!(as_alice(&nginx, &json(body)).decision(), malformed, "{body}");
    }
    let nginx = login_site("$cba_form_login_id");
    for body in [
        "login_id=alice@example.com;login_id=boss@example.com",
        "login_id=%zz",
        "login_id=alice@example.com\r\n",
    ] {
        assert_eq!(as_alice(&nginx, &form(body)).decision(), malformed, "{body}");
    }
    let absent = as_alice(&nginx, &form(r#"{"login_id": "alice@example.com"}"#)).status;
    assert_eq!(absent, 403);
}

#[test]
fn a_body_of_another_declared_type_is_refused() {
    // The upstream reads by content type: what we read as a form it would read as JSON.
    let both = r#"{"x":"&login_id=alice@example.com&y=","login_id":"boss@example.com"}"#;
    let nginx = login_site("$cba_form_login_id");
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=b"] {
        let response = as_alice(&nginx, &Request::post("/login", kind, both));
        assert_eq!(response.status, 403, "{kind}: {}", response.decision());
    }
    let nginx = login_site("$cba_json_login_id");
    let body = r#"{"login_id": "alice@example.com"}"#;
    assert_eq!(as_alice(&nginx, &form(body)).status, 403);
    assert_eq!(as_alice(&nginx, &json(body).header("content-type", "text/plain")).status, 403);
    for (charset, status) in
        [("utf-8", 200), ("\"UTF-8\"", 200), ("utf-7", 403), ("utf-8; charset=utf-7", 403)]
    {
        let kind = format!("application/json; charset={charset}");
        assert_eq!(as_alice(&nginx, &Request::post("/login", &kind, body)).status, status, "{charset}");
    }
}

#[test]
fn an_encoded_body_is_refused() {
    let nginx = login_site("$cba_json_login_id");
    let body = r#"{"login_id": "alice@example.com"}"#;
    let response = as_alice(&nginx, &json(body).header("content-encoding", "gzip"));
    assert_eq!(response.status, 403, "{}", response.decision());
}

#[test]
fn a_request_without_a_body_has_no_login() {
    let nginx = login_site("$cba_json_login_id");
    assert_eq!(as_alice(&nginx, &Request::get("/login")).status, 403);
    let nginx = login_site("$cba_form_login_id");
    assert_eq!(as_alice(&nginx, &Request::get("/login?login_id=alice@example.com")).status, 403);
}

#[test]
fn a_body_beyond_the_limit_is_refused_without_being_read_to_its_end() {
    let nginx = login_site("$cba_json_login_id");
    let alice = Pki::new().alice();
    for http in [Http::V1_1, Http::V2] {
        for length in [65_536, 3_000_000] {
            let body = format!(r#"{{"login_id": "alice@example.com", "x": "{}"}}"#, "x".repeat(length));
            for request in [json(&body), json(&body).chunked()] {
                let client = Client::with(nginx.port(), Some(&alice), Tls::V1_3, http).named(NAME);
                let status = client.send(&request).status;
                assert!(matches!(status, 403 | 413), "{http:?} {length}: {status}");
            }
        }
    }
}

#[test]
fn a_refused_certificate_is_refused_before_its_body_is_looked_at() {
    let nginx = login_site("$cba_json_login_id");
    let pki = Pki::new();
    for (identity, reason) in [(Some(pki.expired()), "expired (402)"), (None, "no client certificate (605)")]
    {
        let response = nginx.send(identity.as_ref(), NAME, &json("nonsense"));
        assert_eq!(response.decision(), format!("403 refused {reason}"));
    }
}

#[test]
fn nothing_is_accepted_before_it_was_compared() {
    let pki = Pki::new();
    let nginx = site(
        &pki,
        "location /return { cba secondary; cba_login $arg_user; return 200 \"[$cba_status][$cba_email]\"; }\n\
         location /if { cba secondary; cba_login $arg_user; if ($cba_status = password) { return 200 in; } empty_gif; }\n\
         location /any { cba secondary; cba_login $arg_user; satisfy any; allow all; empty_gif; }\n\
         set $typed $arg_user;\n\
         location /set { cba secondary; cba_login $typed; empty_gif; }\n\
         location /late { cba secondary; cba_login $arg_user$late; set $late $arg_late; empty_gif; }",
    );
    for place in ["/return", "/if", "/any"] {
        for typed in ["?user=boss@example.com", "?user=", ""] {
            let response = as_alice(&nginx, &Request::get(&format!("{place}{typed}")));
            assert!(!response.text().contains("alice"), "{place}{typed}: {response:?}");
            assert_ne!(response.text(), "in", "{place}{typed}: {response:?}");
            assert_ne!(response.cba("status"), "password", "{place}{typed}: {response:?}");
            assert_eq!(response.cba("email"), "", "{place}{typed}: {response:?}");
            assert_eq!(response.status, 403, "{place}{typed}: {response:?}");
        }
    }
    let set = as_alice(&nginx, &Request::get("/set?user=alice@example.com"));
    assert_eq!(set.decision(), "200 password alice@example.com");
    assert_eq!(as_alice(&nginx, &Request::get("/set?user=boss@example.com")).status, 403);
    // What the place's own directives set is compared, too.
    let late = |query: &str| as_alice(&nginx, &Request::get(&format!("/late?{query}"))).status;
    assert_eq!(late("user=alice@example.com"), 200);
    assert_eq!(late("user=alice@example.com&late=x"), 403);
    assert_eq!(late("late=alice@example.com"), 403);
}

#[test]
fn who_types_nothing_is_not_led_to_a_place_that_asks_for_less() {
    let pki = Pki::new();
    let nginx = site(
        &pki,
        "location = /rewrite { cba secondary; cba_login $arg_user; rewrite ^ /app last; }\n\
         location = /page { cba secondary; cba_login $arg_user; error_page 418 =200 @app; return 418; }\n\
         location = /app { internal; cba primary; return 200 in; }\n\
         location @app { cba primary; return 200 in; }",
    );
    for place in ["/rewrite", "/page"] {
        for (typed, status) in [("?user=alice@example.com", 200), ("?user=boss@example.com", 403), ("", 403)]
        {
            let response = as_alice(&nginx, &Request::get(&format!("{place}{typed}")));
            assert_eq!(response.status, status, "{place}{typed}: {response:?}");
        }
    }
}

#[test]
fn an_error_page_that_would_read_a_body_that_cannot_be_had_refuses() {
    let pki = Pki::new();
    let nginx = site(
        &pki,
        "location = /login { client_max_body_size 1k; error_page 400 413 /login; \
         cba secondary; cba_login $cba_json_login_id; return 200 in; }",
    );
    let alice = pki.alice();
    let long = json(&"x".repeat(30_000));
    for http in [Http::V1_1, Http::V2] {
        let client = Client::with(nginx.port(), Some(&alice), Tls::V1_3, http).named(NAME);
        for request in [long.clone(), long.clone().chunked()] {
            let response = client.connect().unwrap().try_send(&request).unwrap();
            // In HTTP/2 NGINX asks for its length on the page once more.
            assert!(matches!(response.status, 403 | 413), "{http:?}: {response:?}");
        }
        assert_eq!(client.send(&json(r#"{"login_id": "alice@example.com"}"#)).status, 200, "{http:?}");
    }
    assert!(!nginx.error_log().contains("exited on signal"), "{}", nginx.error_log());
}

#[test]
fn a_field_that_the_query_names_too_is_refused() {
    let nginx = login_site("$cba_form_login_id");
    for (query, status) in [
        ("login_id=boss@example.com", 403),
        ("login%5fid=boss@example.com", 403),
        ("Login.Id=boss@example.com", 403),
        ("next=/home", 200),
    ] {
        let target = format!("/login?{query}");
        let request =
            Request::post(&target, "application/x-www-form-urlencoded", "login_id=alice@example.com");
        assert_eq!(as_alice(&nginx, &request).status, status, "{query}");
    }
}

#[test]
fn a_value_with_controls_is_passed_on_to_nobody() {
    let upstream = Upstream::start();
    let nginx = site(
        &Pki::new(),
        &format!(
            "location = /login {{ cba secondary; cba_login $cba_json_login_id; \
             proxy_set_header X-Device $cba_json_device; proxy_pass http://127.0.0.1:{}; }}",
            upstream.port
        ),
    );
    let body = r#"{"login_id": "alice@example.com", "device": "x\r\nX-CBA-Email: boss@example.com"}"#;
    let (head, _) = Upstream::seen(&as_alice(&nginx, &json(body)).body);
    assert!(!head.iter().any(|line| line.contains("boss") || line.starts_with("x-device")), "{head:?}");
}
