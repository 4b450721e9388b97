//! `PlainHtml`: the default pages.

use std::sync::LazyLock;
use std::time::Duration;

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::minutes::spoken;
use super::notice::Notice;
use super::page::{CodeProblem, Confirm, FormCode, Page, TokenProblem};
use super::render::Render;
use super::sign_in::Visitor;
use crate::axum::wire::whole_seconds;

const STYLE: &str = include_str!("../../../templates/style.css");

/// The policy. The stylesheet is part of each page, and allowed by its digest; nothing else is loaded.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
});

/// Plain accessible HTML: no script, one small stylesheet, light and dark, down to 320 pixels. The templates escape all
/// values.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainHtml;

impl Render for PlainHtml {
    fn html(&self, page: &Page) -> String {
        let html = match page {
            Page::Confirm(page) => {
                let remaining = spoken(page.remaining.as_secs());
                ConfirmHtml { page, code: &page.code.expose(), remaining }.render()
            }
            Page::EnterCode { typed, problem } => {
                EnterCodeHtml { typed: typed.as_deref().unwrap_or_default(), problem: problem.as_ref() }.render()
            }
            Page::Approved { tenant, account } => {
                NoticeHtml { notice: Notice::approved(tenant, account.as_deref()) }.render()
            }
            Page::Denied { tenant } => NoticeHtml { notice: Notice::denied(tenant) }.render(),
            Page::Over(reason) => NoticeHtml { notice: Notice::over(*reason) }.render(),
            Page::Refused(refusal) => NoticeHtml { notice: Notice::refused(*refusal) }.render(),
        };
        // Neither writing to a string nor any of the templates can fail.
        html.unwrap_or_default()
    }

    fn content_security_policy(&self) -> &str {
        &POLICY
    }
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmHtml<'a> {
    page: &'a Confirm,
    code: &'a str,
    remaining: String,
}

impl ConfirmHtml<'_> {
    fn why_not_approved(&self) -> Option<&'static str> {
        Some(match (self.page.problem?, &self.page.visitor) {
            (TokenProblem::Missing, Visitor::Unknown) => "the refresh token is missing. Enter it below.",
            (TokenProblem::Missing, _) => {
                "you are not signed in. Sign in, then open the link from your terminal again."
            }
            (TokenProblem::NotShown, _) => {
                "this page was not shown for the account that you are signed in with now, or has been open for too long. \
                 Check the account below, then decide again."
            }
            (TokenProblem::Refused, Visitor::Unknown) => {
                "that is not the refresh token of a signed-in user. Check it and try again."
            }
            (TokenProblem::Refused, _) => {
                "your account may not approve logins here. Sign in with another one, then open the link from your \
                 terminal again."
            }
        })
    }

    fn must_sign_in_first(&self) -> bool {
        matches!(self.page.visitor, Visitor::SignedOut { .. })
    }
}

#[derive(Template)]
#[template(path = "enter_code.html")]
struct EnterCodeHtml<'a> {
    typed: &'a str,
    problem: Option<&'a CodeProblem>,
}

impl EnterCodeHtml<'_> {
    fn wait(retry_after: &Duration) -> String {
        spoken(whole_seconds(*retry_after).max(1))
    }
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticeHtml<'a> {
    notice: Notice<'a>,
}
