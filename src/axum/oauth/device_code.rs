//! `DeviceCode`: the polling code and, if the login asks for a scope, the scope.
//!
//! The tokens are issued when the code is redeemed, and the scope is needed then. What the engine keeps of a login is for
//! the browser's side alone, so the code brings the scope itself. It cannot be changed on the way: the login is bound to it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::scope::LONGEST;
use crate::{PollingCode, Secret};

/// A device code.
pub(super) struct DeviceCode {
    /// The part that the engine knows. It may be malformed.
    pub(super) polling_code: Secret,
    /// The scope that the login asked for.
    pub(super) scope: Option<Box<str>>,
}

impl DeviceCode {
    pub(super) fn write(polling_code: &PollingCode, scope: Option<&str>) -> Secret {
        let code = polling_code.expose();
        Secret::new(match scope {
            Some(scope) => format!("{}.{}", &*code, URL_SAFE_NO_PAD.encode(scope)),
            None => code.to_string(),
        })
    }

    /// Reads a code. A malformed one is no login's.
    pub(super) fn read(text: &Secret) -> Self {
        let text = text.expose();
        let (code, scope) = text.split_once('.').map_or((text, None), |(code, scope)| (code, Some(scope)));
        let scope = scope.filter(|scope| scope.len() <= LONGEST.div_ceil(3) * 4);
        let scope = scope.and_then(|scope| String::from_utf8(URL_SAFE_NO_PAD.decode(scope).ok()?).ok());
        Self { polling_code: Secret::new(code), scope: scope.map(String::into_boxed_str) }
    }
}
