//! `POST /oauth/device_authorization`: begins a login (RFC 8628, sections 3.1 and 3.2).

use axum::extract::{Request, State};
use axum::http::request::Parts as Head;
use axum::response::Response;
use serde_json::json;

use super::client::ClientId;
use super::device_code::DeviceCode;
use super::provider::{DEVICE, Provider};
use super::refusal::Refusal;
use super::scope;
use crate::axum::server::{Access, Event, EventKind, PublicUrl, Sessions, Tokens};
use crate::axum::wire::{Bound, Challenge, Form, HAND_BACK_REQUIRED, done, hand_back, requester, whole_seconds};
use crate::source::Source;
use crate::{Details, LoginOptions, Requester, Secret, UserCode};

/// The parameters of a request.
const WANTED: [&str; 7] =
    ["client_id", "client_secret", "scope", "client_name", "code_challenge", "code_challenge_method", "hand_back"];

/// A request. The response to an unknown client says nothing about the other parameters.
struct Asked {
    client: ClientId,
    source: Source,
    rest: Result<Rest, Refusal>,
}

struct Rest {
    scope: Option<Box<str>>,
    challenge: Option<Challenge>,
    requester: Requester,
    hand_back: Option<Secret>,
    base: PublicUrl,
}

impl Asked {
    async fn receive<B: Sessions, A: Access, K: Tokens>(
        provider: &Provider<B, A, K>,
        request: Request,
    ) -> Result<Self, Refusal> {
        let (head, mut form) = Form::receive(request, &WANTED).await?;
        let source = provider.settings.source(&head);
        let client = ClientId::read(&head.headers, &mut form)?;
        Ok(Self { client, source, rest: Rest::read(provider, &head, &mut form, source) })
    }
}

impl Rest {
    fn read<B: Sessions, A: Access, K: Tokens>(
        provider: &Provider<B, A, K>,
        head: &Head,
        form: &mut Form,
        source: Source,
    ) -> Result<Self, Refusal> {
        let scope = scope::read(form, &provider.settings)?;
        let (challenge, method) = (form.take("code_challenge"), form.take("code_challenge_method"));
        let challenge = Challenge::read(challenge.as_ref(), method.as_ref()).map_err(Refusal::invalid_request)?;
        let requester = requester(source, &head.headers, form.take("client_name").as_ref());
        let address = form.take("hand_back");
        address.as_ref().map(hand_back).transpose().map_err(Refusal::invalid_request)?;
        Ok(Self { scope, challenge, requester, hand_back: address, base: provider.base(head)? })
    }
}

pub(super) async fn authorize<B: Sessions, A: Access, K: Tokens>(
    State(provider): State<Provider<B, A, K>>,
    request: Request,
) -> Result<Response, Refusal> {
    let Asked { client, source, rest } = Asked::receive(&provider, request).await?;
    let known = provider.client(&client).await?;
    let store = provider.store(&known);
    let Rest { scope, challenge, mut requester, hand_back, base } = rest?;
    if known.requires_hand_back && hand_back.is_none() {
        return Err(Refusal::invalid_request(HAND_BACK_REQUIRED));
    }
    let hand_back = hand_back.filter(|_| provider.settings.hand_back || known.requires_hand_back);
    let page = provider.settings.verification_uri.as_ref();
    let page = page.map_or_else(|| base.join(DEVICE), |page| page.as_str().to_owned());
    // The name that the server knows a client by goes before what the tool calls itself.
    if let Some(name) = &known.name {
        requester = requester.name(name);
    }
    let mut details = Details::new().client(client.id()).requester(requester);
    if let Some(scope) = &scope {
        details = details.scope(scope);
    }
    if let Some(address) = &hand_back {
        details = details.hand_back(address.expose());
    }
    let bound = Bound { client: Some(client.id()), scope: scope.as_deref(), challenge };

    let mut login = LoginOptions::new().ttl(provider.settings.lifetime(store.default_ttl())).user_code();
    login.source = source.address().map(Source::from);
    login.binding = bound.binding();
    let events = &provider.settings.events;
    let begun = store.initiate(login.details(details)).await;
    let begun = begun.inspect_err(|error| events.note_refused(error, source, store.tenant()))?;
    let event = Event::new(EventKind::Begun, source).tenant(store.tenant()).session(begun.id);
    events.note(&event.client(client.id()));
    let user_code = begun.user_code.as_ref().map(UserCode::expose);
    let user_code = user_code.as_deref().unwrap_or_default();
    // `interval` must be positive, so it is one second if the store sets no pace.
    let interval = store.poll_interval().map_or(1, whole_seconds).max(1);
    let mut answer = json!({
        "device_code": DeviceCode::write(&begun.polling_code, scope.as_deref()).expose(),
        "user_code": user_code,
        "verification_uri": page,
        // With the login code, the link opens the login without a guess. The user code is there to be compared.
        "verification_uri_complete": format!("{page}?user_code={user_code}&login_code={}", &*begun.login_code.expose()),
        "expires_in": begun.expires_in.as_secs(),
        "interval": interval,
    });
    if hand_back.is_some() {
        answer["hand_back"] = true.into();
    }
    Ok(done("initiated", &answer))
}
