//! The page at `/`: what this server is, how to begin a login, and where everything is.

use std::net::SocketAddr;

use askama::filters::{Html, escape};
use axum::Router;
use axum::extract::Request;
use axum::http::header;
use axum::middleware::from_fn;
use axum::response::{Html as Page, IntoResponse, Redirect, Response};
use axum::routing::get;
use counterfoil::axum::require_host;

use crate::demo::{self, Demo};
use crate::flags::Flags;

/// Where the stylesheet of the server's own pages is: that of the login pages, and a little more.
pub(crate) const STYLE: &str = "/style.css";
const CSS: &str = concat!(
    include_str!("../../templates/style.css"),
    "pre { margin: .5rem 0; white-space: pre-wrap; }\n",
    "code { font-size: .9rem; letter-spacing: 0; }\n",
    "a { color: var(--approve); }\n",
);

/// The server's own page, and what it prints at its start.
#[derive(Clone)]
pub(crate) struct Front {
    /// The address that people reach it by; if it is not known, the one that a request came to.
    public_url: Option<String>,
    /// The one project, which is also the OAuth client.
    project_id: String,
    demo: bool,
}

impl Front {
    pub(crate) fn new(flags: &Flags, demo: &Demo) -> Self {
        let public_url = flags.public_url.as_ref().map(|url| url.as_str().to_owned());
        Self { public_url, project_id: flags.project_id.clone(), demo: demo.is_on() }
    }

    /// What to do when the server has started, in lines for standard output.
    pub(crate) fn next_step(&self, address: SocketAddr) -> String {
        let base = self.base(&address.to_string());
        let users = if self.demo { "; two demonstration users, Alice and Bob, sign in by one click" } else { "" };
        let command = self.command(&base);
        format!(
            "\nBegin a login in another terminal:\n  {command}\nand open the link in its answer{users}. What is where: {base}/\n"
        )
    }

    pub(crate) fn routes(self) -> Router {
        let page = move |request: Request| std::future::ready(self.answer(&request));
        let style = || async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], CSS) };
        Router::new().route("/", get(page)).route(STYLE, get(style)).layer(from_fn(require_host))
    }

    /// The command that begins a login of the RFC 8628 dialect.
    fn command(&self, base: &str) -> String {
        let id = &self.project_id;
        let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        let data = if plain {
            format!("-d client_id={id}")
        } else {
            format!("--data-urlencode 'client_id={}'", id.replace('\'', r"'\''"))
        };
        format!("curl {data} {base}/oauth/device_authorization")
    }

    fn answer(&self, request: &Request) -> Response {
        // A link to one of the pages whose path was lost: that page finds the code.
        if let Some(query) = request.uri().query().filter(|query| !query.is_empty()) {
            return Redirect::to(&format!("device?{query}")).into_response();
        }
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        let policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'";
        ([(header::CONTENT_SECURITY_POLICY, policy)], Page(self.html(&self.base(host)))).into_response()
    }

    fn base(&self, host: &str) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{host}"))
    }

    fn html(&self, base: &str) -> String {
        let demo = if self.demo {
            format!(
                "<div class=warning><h2>This is a demonstration</h2><p>It was given no users of its own, so two are \
                 there who <a href={}>sign in by one click</a>. It listens on this machine alone.</p></div>",
                &demo::SIGN_IN[1..]
            )
        } else {
            String::new()
        };
        let command = escaped(&self.command(base));
        format!(
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
             <title>counterfoil: the example server</title><link rel=stylesheet href=style.css><main>\
             <h1>Logins of command-line tools</h1>\
             <p>A tool begins a login here and polls; the person at the browser approves it; the tool's next poll takes \
             the token, once.</p>{demo}\
             <h2>Begin one, as a tool would</h2>\
             <pre><code>{command}</code></pre>\
             <p>Then open the link <code>verification_uri_complete</code> of the answer, and approve.</p>\
             <h2>Where everything is</h2><dl>\
             <div><dt>For people</dt><dd><a href=device>enter a code</a></dd></div>\
             <div><dt>For tools</dt><dd><a href=.well-known/oauth-authorization-server>OAuth metadata (RFC 8414)</a>, \
             <a href=api/v1/openapi.json>OpenAPI document</a></dd></div>\
             <div><dt>For operators</dt><dd><a href=metrics>metrics</a>, <a href=healthz>health</a>, \
             <a href=readyz>readiness</a></dd></div>\
             </dl></main></html>"
        )
    }
}

/// A project id, or a public address, may be any text.
fn escaped(text: &str) -> String {
    let Ok(escaped) = escape(text, Html);
    escaped.to_string()
}
