//! Whole logins over HTTP against the program, and its end.

use std::fs;
use std::io::Read;
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::config::LEAST;
use crate::support::{Answer, PUBLISHABLE, Running, SECRET, TempFile, site, tool};

const TOKEN: &str = "rt-that-must-not-show";
const REST: &str = "[listen]\naddress = \"127.0.0.1:0\"\n[metrics]\naddress = \"127.0.0.1:0\"\n[admin]\nenabled = true\n\
                    [store]\npoll_interval = \"0s\"\n[oauth]\nverification_uri = \"https://app.example/cli\"\n\
                    [[client]]\nid = \"acme-cli\"\nproject = \"internal\"\nname = \"Acme CLI\"\n";

fn started(more: &str) -> Running {
    let config = TempFile::new(&format!("{LEAST}{REST}{more}"));
    Running::start(&config.0)
}

#[test]
fn logins_from_beginning_to_end_and_nothing_secret_is_noted() {
    let audit = TempFile::new("");
    let server = started(&format!("[audit]\nfile = {:?}\n", audit.path()));

    // A tool begins with the publishable key; your site's server completes with the secret one, and nobody else does.
    let begun = server.post("/api/v1/auth/cli", &tool(), "{}").expect(200);
    let poll = json!({ "polling_code": begun.text_of("polling_code") }).to_string();
    server.post("/api/v1/auth/cli/poll", &tool(), &poll).expect(201);
    let complete = json!({ "login_code": begun.text_of("login_code"), "refresh_token": TOKEN }).to_string();
    let refused = server.post("/api/v1/auth/cli/complete", &tool(), &complete).expect(401);
    assert_eq!(refused.text_of("code"), "SERVER_AUTHENTICATION_REQUIRED");
    server.post("/api/v1/auth/cli/complete", &site(), &complete).expect(200);
    let taken = server.post("/api/v1/auth/cli/poll", &tool(), &poll).expect(200);
    assert_eq!(taken.body, json!({ "status": "completed", "refresh_token": TOKEN }));
    server.post("/api/v1/auth/cli/poll", &tool(), &poll).expect(400);

    // An OAuth client: the person types the user code on the page of your site, whose server asks what it is for.
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let device = server.post("/oauth/device_authorization", &form, "client_id=acme-cli&scope=read").expect(200);
    assert_eq!(device.text_of("verification_uri"), "https://app.example/cli");
    let user_code = device.text_of("user_code");
    let inspect = json!({ "user_code": user_code, "mode": "inspect" }).to_string();
    let seen = server.post("/api/v1/auth/cli/complete", &site(), &inspect).expect(200);
    assert_eq!((seen.text_of("client_name"), seen.text_of("scope")), ("Acme CLI".into(), "read".into()));
    let complete = json!({ "login_code": seen.text_of("login_code"), "refresh_token": TOKEN }).to_string();
    server.post("/api/v1/auth/cli/complete", &site(), &complete).expect(200);
    let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
    let ask = format!("grant_type={grant}&client_id=acme-cli&device_code={}", device.text_of("device_code"));
    let tokens = server.post("/oauth/token", &form, &ask).expect(200);
    assert_eq!((tokens.text_of("access_token"), tokens.text_of("refresh_token")), (TOKEN.into(), TOKEN.into()));
    assert_eq!(server.post("/oauth/token", &form, &ask).expect(400).text_of("error"), "invalid_grant");
    let metadata = Running::get(&server.address, "/.well-known/oauth-authorization-server", &[]).expect(200);
    assert_eq!(metadata.body["grant_types_supported"].as_array().unwrap().len(), 1);

    // What the operator asks.
    Running::get(&server.address, "/healthz", &[]).expect(200);
    Running::get(&server.address, "/readyz", &[]).expect(200);
    Running::get(&server.address, "/metrics", &[]).expect(404);
    let metrics = Running::get(&server.metrics, "/metrics", &[]).expect(200).text;
    assert!(metrics.contains("counterfoil_sessions_initiated_total 2"), "{metrics}");
    let admin = [&site()[..], &[("x-stack-access-type", "admin")]].concat();
    Running::get(&server.address, "/admin/sessions", &tool()).expect(401);
    let listed = Running::get(&server.address, "/admin/sessions", &admin).expect(200);
    assert_eq!(listed.body["total"], 0);

    server.terminate();
    let (log, printed) = server.ended();
    assert!(printed.is_empty(), "{printed}");
    assert!(log.contains("ended"), "{log}");
    let noted = fs::read_to_string(&audit.0).unwrap();
    let kinds: Vec<Value> =
        noted.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].clone()).collect();
    let expected = ["begun", "approved", "redeemed", "redeemed_again", "begun", "looked_up", "approved", "redeemed"];
    assert_eq!(kinds[..8], expected, "{noted}");
    let codes = [begun.text_of("polling_code"), begun.text_of("login_code"), device.text_of("device_code"), user_code];
    for secret in [SECRET, PUBLISHABLE, TOKEN].into_iter().chain(codes.iter().map(String::as_str)) {
        assert!(!log.contains(secret) && !noted.contains(secret) && !metrics.contains(secret), "{secret}");
    }
}

#[test]
fn without_a_page_of_the_site_the_oauth_endpoints_are_off() {
    let rest = REST.replace("verification_uri", "#").replace("[[client]]", "").replace("enabled = true", "");
    let rest = rest.split("id = ").next().unwrap().to_owned();
    let config = TempFile::new(&format!("{LEAST}{rest}[audit]\nfile = \"-\"\n"));
    let server = Running::start(&config.0);
    server.post("/oauth/device_authorization", &[], "client_id=internal").expect(404);
    Running::get(&server.address, "/admin/sessions", &site()).expect(404);
    for prefix in ["/api/v1", "/stack/api/v1"] {
        server.post(&format!("{prefix}/auth/cli"), &tool(), "{}").expect(200);
    }
    server.terminate();
    let (_, printed) = server.ended();
    assert_eq!(printed.lines().filter(|line| line.contains("\"event\":\"begun\"")).count(), 2, "{printed}");
}

#[test]
fn the_end_answers_polls_that_wait() {
    let server = started("");
    let begun = server.post("/api/v1/auth/cli", &tool(), "{}").expect(200);
    let poll = json!({ "polling_code": begun.text_of("polling_code") }).to_string();
    let polls: Vec<TcpStream> = (0..8)
        .map(|_| {
            let mut stream = server.send_waiting_poll(&poll);
            // When the first answer is there, the poll is under way.
            let mut answer = Vec::new();
            while !answer.ends_with(b"\r\n\r\nok") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                answer.extend(byte);
            }
            stream
        })
        .collect();
    server.terminate();
    for poll in polls {
        let answer = Answer::read(poll);
        assert_eq!(answer.expect(503).text_of("code"), "SHUTTING_DOWN");
    }
    server.ended();
}
