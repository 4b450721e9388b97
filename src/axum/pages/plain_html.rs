//! `PlainHtml`: the default pages.

use std::net::IpAddr;
use std::sync::LazyLock;

use askama::Template;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::confirm::{Confirm, TokenProblem};
use super::form_code::FormCode;
use super::language;
use super::minutes::Case;
use super::notice::Notice;
use super::page::{CodeProblem, Page};
use super::render::Render;
use super::sign_in::Visitor;
use super::words::{ConfirmWords, Words, fill};
use crate::axum::wire::whole_seconds;
use crate::code::CodeText;

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
///
/// The pages are in English, German, French, Spanish or Arabic, as the reader's browser asks for (`Accept-Language`);
/// otherwise in English.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainHtml;

impl Render for PlainHtml {
    fn html(&self, page: &Page, request: &Parts) -> String {
        let words = language::words(request);
        let html = match page {
            Page::Confirm(page) => {
                let user_code = page.user_code.as_ref().map(crate::UserCode::expose);
                ConfirmHtml { words, c: &words.confirm, page, code: &page.code.expose(), user_code }.render()
            }
            Page::EnterCode { typed, problem, arrival } => {
                let problem = problem.as_ref();
                let typed = typed.as_deref().unwrap_or_default();
                EnterCodeHtml { words, typed, problem, arrival: arrival.as_ref() }.render()
            }
            page => match Notice::of(page, words) {
                Some(notice) => NoticeHtml { words, notice }.render(),
                None => Ok(String::new()),
            },
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
    words: &'static Words,
    c: &'static ConfirmWords,
    page: &'a Confirm,
    code: &'a str,
    user_code: Option<CodeText>,
}

impl ConfirmHtml<'_> {
    fn why_not_approved(&self) -> Option<&'static str> {
        let words = self.c;
        Some(match (self.page.problem?, &self.page.visitor) {
            (TokenProblem::Missing, Visitor::Unknown) => words.token_missing,
            (TokenProblem::Missing, _) => words.sign_in_missing,
            (TokenProblem::NotShown, _) => words.not_shown,
            (TokenProblem::Refused, Visitor::Unknown) => words.token_refused,
            (TokenProblem::Refused, _) => words.account_refused,
            (TokenProblem::WordMissing, _) => words.word_missing,
            (TokenProblem::WordWrong { left: 1 }, _) => words.word_wrong_once_more,
            (TokenProblem::WordWrong { .. }, _) => words.word_wrong,
        })
    }

    fn asks(&self) -> String {
        fill(self.c.asks, &[("tenant", &self.page.tenant)])
    }

    /// Who asks, from where and since when, as far as it is known: `acme-cli on 203.0.113.9, 12 seconds ago`.
    fn who(&self) -> Option<String> {
        let requester = &self.page.requester;
        let name = requester.name.as_deref().or(self.page.client.as_deref()).or(requester.agent.as_deref());
        let address = requester.address.as_ref().map(IpAddr::to_string);
        let who = match (name, &address) {
            (Some(name), Some(address)) => Some(fill(self.c.on, &[("name", name), ("address", address)])),
            (Some(one), None) => Some(fill("{one}", &[("one", one)])),
            (None, Some(one)) => Some(fill("{one}", &[("one", one)])),
            (None, None) => None,
        };
        let ago = self
            .page
            .begun_ago
            .map(|ago| fill(self.words.ago, &[("time", &self.words.units.spoken(ago.as_secs(), Case::Governed))]));
        let parts: Vec<_> = who.into_iter().chain(ago).collect();
        (!parts.is_empty()).then(|| parts.join(self.words.comma))
    }

    /// The names of the scope.
    fn scopes(&self) -> Vec<&str> {
        self.page.scope.iter().flat_map(|scope| scope.split(' ')).filter(|name| !name.is_empty()).collect()
    }

    fn remaining(&self) -> String {
        self.words.units.spoken(self.page.remaining.as_secs(), Case::Alone)
    }

    /// The user code, to be compared with the terminal's. Where the check word is asked for, it would give that away.
    fn shown_code(&self) -> Option<&str> {
        self.user_code.as_deref().filter(|_| !self.page.asks_for_word())
    }

    /// The user code that came along with a login code.
    fn second_code(&self) -> Option<&str> {
        self.user_code.as_deref().filter(|_| matches!(self.page.code, FormCode::Login(_)))
    }

    fn must_sign_in_first(&self) -> bool {
        matches!(self.page.visitor, Visitor::SignedOut { .. })
    }

    fn word_failed(&self) -> bool {
        matches!(self.page.problem, Some(TokenProblem::WordMissing | TokenProblem::WordWrong { .. }))
    }
}

#[derive(Template)]
#[template(path = "enter_code.html")]
struct EnterCodeHtml<'a> {
    words: &'static Words,
    typed: &'a str,
    problem: Option<&'a CodeProblem>,
    arrival: Option<&'a crate::Secret>,
}

impl EnterCodeHtml<'_> {
    fn problem_text(&self, problem: &CodeProblem) -> String {
        let words = &self.words.enter;
        match problem {
            CodeProblem::Malformed => words.malformed.to_owned(),
            CodeProblem::Unknown => words.unknown.to_owned(),
            CodeProblem::TooMany { retry_after } => {
                let wait = self.words.units.spoken(whole_seconds(*retry_after).max(1), Case::Governed);
                fill(words.too_many, &[("time", &wait)])
            }
        }
    }
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticeHtml<'a> {
    words: &'static Words,
    notice: Notice<'a>,
}
