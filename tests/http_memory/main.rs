//! What a request costs in memory: little while it is read, and next to nothing while it waits.
//!
//! One test alone in a binary of its own, since it counts every allocation of the process.
#![cfg(feature = "axum")]
#![allow(clippy::unwrap_used, clippy::panic, unsafe_code, reason = "a test fails that way, and counts its memory")]

#[path = "../support/counting.rs"]
mod counting;

mod bodies;
mod server;

use std::future::{Future, IntoFuture};
use std::io::Write;
use std::net::TcpStream;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bodies::{filled, misshapen};
use counterfoil::Initiated;
use counterfoil::axum::{Observe, serve};
use counting::{Counting, mark, most, taken};
use server::{Down, Server};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The largest body that is read.
pub(crate) const LIMIT: usize = 64 * 1024;
/// The most that reading one may take, the body as it came included.
const READING: isize = 256 * 1024;
/// The most that a request may keep while it waits for a person, or for the server's own database.
const WAITING: isize = 4 * 1024;

/// The most that a connection may keep while it holds a poll, what the request keeps included. It is less in a release.
const HOLDING: isize = 8 * 1024;

/// A request: where it is sent, and what it says.
pub(crate) struct Asked {
    pub(crate) path: &'static str,
    pub(crate) form: bool,
    /// The fields that its endpoint takes.
    fields: fn(&Initiated) -> String,
}

const POLLS: [Asked; 3] = [
    Asked { path: "/api/v1/auth/cli/poll", form: false, fields: polling },
    Asked { path: "/stack/api/v1/auth/cli/poll", form: false, fields: polling },
    Asked { path: "/oauth/token", form: true, fields: device },
];
const OTHERS: [Asked; 5] = [
    Asked { path: "/api/v1/auth/cli", form: false, fields: |_| r#""anon_refresh_token":"t""#.to_owned() },
    Asked { path: "/api/v1/auth/cli/complete", form: false, fields: complete },
    Asked { path: "/stack/api/v1/auth/cli/complete", form: false, fields: complete },
    Asked { path: "/handler/cli-auth-confirm", form: true, fields: approve },
    Asked { path: "/device", form: true, fields: approve_by_user_code },
];
const AUTHORIZE: Asked =
    Asked { path: "/oauth/device_authorization", form: true, fields: |_| "client_id=internal&scope=read".to_owned() };

fn polling(codes: &Initiated) -> String {
    format!(r#""polling_code":"{}""#, &*codes.polling_code.expose())
}

fn complete(codes: &Initiated) -> String {
    format!(r#""login_code":"{}","refresh_token":"t""#, &*codes.login_code.expose())
}

fn device(codes: &Initiated) -> String {
    let grant = "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=internal&device_code=";
    format!("{grant}{}", &*codes.polling_code.expose())
}

fn approve(codes: &Initiated) -> String {
    format!("login_code={}&decision=approve&refresh_token=t", &*codes.login_code.expose())
}

fn approve_by_user_code(codes: &Initiated) -> String {
    let code = codes.user_code.as_ref().unwrap();
    format!("user_code={}&decision=approve&refresh_token=t", &*code.expose())
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// The most that is taken at any one time while a request is answered, its body as it came included.
fn cost_of_reading(server: &Server, asked: &Asked, body: String) -> isize {
    let before = taken() - body.capacity().cast_signed();
    let mut answer = pin!(server.send(asked, &[], body));
    mark();
    // It may wait then.
    let _ = poll_once(answer.as_mut());
    most() - before
}

/// What each of many requests holds that wait: the most of all bodies that may come. A body that is not read yet is its
/// connection's, and does not count.
fn cost_of_waiting(server: &Server, asked: &Asked, headers: &[(&str, String)], read: bool) -> isize {
    const MANY: usize = 20;
    let codes: Vec<Initiated> = (0..=MANY).map(|_| server.begin()).collect();
    let mut bodies: Vec<Vec<String>> = codes.iter().map(|codes| filled(asked.form, &(asked.fields)(codes))).collect();
    let mut most = 0;
    while bodies.iter().all(|bodies| !bodies.is_empty()) {
        let bodies: Vec<String> = bodies.iter_mut().filter_map(Vec::pop).collect();
        let given: isize = bodies[1..].iter().map(|body| body.capacity().cast_signed()).sum();
        let given = if read { given } else { 0 };
        let mut waiting = Vec::with_capacity(bodies.len());
        let mut before = 0;
        for body in bodies {
            let mut request = Box::pin(server.send(asked, headers, body));
            assert!(poll_once(request.as_mut()).is_pending(), "{}", asked.path);
            waiting.push(request);
            // What the first takes for good is not counted.
            if waiting.len() == 1 {
                before = taken();
            }
        }
        most = most.max((taken() - before + given) / MANY.cast_signed());
    }
    most
}

/// What a connection holds whose poll waits, without what the kernel does.
fn cost_of_holding(server: &Server) -> isize {
    const MANY: usize = 100;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(
            serve(listener, server.router()).max_connections_per_source(1000).observe(Observe::new()).into_future(),
        );
        let codes: Vec<Initiated> = (0..=MANY).map(|_| server.begin()).collect();
        let mut clients = Vec::with_capacity(codes.len());
        let mut before = 0;
        for codes in &codes {
            let body = format!("{{{}}}", polling(codes));
            let request = format!(
                "POST /api/v1/auth/cli/poll HTTP/1.1\r\nhost: x\r\nx-stack-project-id: internal\r\nprefer: wait=30\r\n\
                 x-stack-secret-server-key: k\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len(),
            );
            let come = Server::admitted();
            // In one piece, so that it is read and held at once.
            let mut client = TcpStream::connect(address).unwrap();
            client.write_all(request.as_bytes()).unwrap();
            drop((request, body));
            clients.push(client);
            while Server::admitted() == come {
                tokio::task::yield_now().await;
            }
            if clients.len() == 1 {
                before = taken();
            }
        }
        (taken() - before) / MANY.cast_signed()
    })
}

#[test]
fn a_request_costs_little_and_less_while_it_waits() {
    let server = Server::new(Down::Nothing);
    let large = || "y".repeat(20_000);
    let headers = [("x-other", large()), ("x-stack-secret-server-key", large()), ("prefer", "wait=30".to_owned())];
    let cost = cost_of_holding(&server);
    assert!((1..=HOLDING).contains(&cost), "{cost} bytes for each connection that holds a poll");
    for asked in &POLLS {
        let cost = cost_of_waiting(&server, asked, &headers, true);
        assert!((1..=WAITING).contains(&cost), "{cost} bytes for each waiter at {}", asked.path);
    }
    for down in [Down::Access, Down::Tokens] {
        let server = Server::new(down);
        for asked in OTHERS.iter().filter(|asked| down == Down::Tokens || asked.path.contains("/api/")) {
            // Who may call a Stack dialect is decided before the body is read.
            let cost = cost_of_waiting(&server, asked, &[], down != Down::Access);
            assert!((1..=WAITING).contains(&cost), "{cost} bytes while {down:?} waits at {}", asked.path);
        }
    }
    for asked in POLLS.iter().chain(&OTHERS).chain([&AUTHORIZE]) {
        let fields = (asked.fields)(&server.begin());
        for body in filled(asked.form, &fields).into_iter().chain(misshapen(asked.form)) {
            assert!(body.len() <= LIMIT, "{}", body.len());
            let shown = format!("{body:.60}");
            let cost = cost_of_reading(&server, asked, body);
            assert!(cost < READING, "{cost} bytes at {}: {shown}", asked.path);
        }
    }
}
