//! What a device and a browser do, over the router.

use counterfoil::axum::Store;
use counterfoil::{LoginCode, Secret, Source, UserCode};

use crate::support::{Answer, SIGNED_IN, Server};

pub(crate) const AUTHORIZE: &str = "/oauth/device_authorization";
pub(crate) const TOKEN: &str = "/oauth/token";
pub(crate) const GRANT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
pub(crate) const HOST: (&str, &str) = ("host", "login.example:8102");
pub(crate) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A login that a device has begun.
pub(crate) struct Device {
    pub(crate) device_code: String,
    pub(crate) user_code: String,
}

impl Server {
    pub(crate) async fn form(&self, path: &str, body: impl Into<String>) -> Answer {
        self.post_raw(path, &[HOST, FORM], body.into()).await
    }

    pub(crate) async fn device(&self) -> Device {
        let answer = self.form(AUTHORIZE, "client_id=internal").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        Device { device_code: answer.text_of("device_code"), user_code: answer.text_of("user_code") }
    }

    pub(crate) async fn ask(&self, device: &Device) -> Answer {
        self.form(TOKEN, device.body()).await
    }

    pub(crate) fn approve_device(&self, device: &Device) {
        let (store, code) = device.browser(&self.store);
        store.complete(&code, Secret::new(SIGNED_IN)).unwrap();
    }
}

impl Device {
    /// The form that asks for tokens.
    pub(crate) fn body(&self) -> String {
        format!("grant_type={GRANT}&device_code={}&client_id=internal", self.device_code)
    }

    /// The browser's side: the store of the login's tenant, and the code to approve it by.
    pub(crate) fn browser(&self, store: &Store) -> (Store, LoginCode) {
        let code = store.resolve(&UserCode::parse(&self.user_code).unwrap(), Source::UNKNOWN).unwrap();
        (store.locate(&code).unwrap().0, code)
    }
}

impl Answer {
    /// The answer is an error of RFC 6749, section 5.2.
    #[track_caller]
    pub(crate) fn expect_error(&self, status: u16, error: &str) {
        assert_eq!((self.status, self.body["error"].as_str()), (status, Some(error)), "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.header("pragma"), Some("no-cache"));
        for (name, value) in self.body.as_object().unwrap() {
            assert!(["error", "error_description"].contains(&name.as_str()), "{self:?}");
            // RFC 6749, section 5.2: %x20-21 / %x23-5B / %x5D-7E.
            assert!(
                value.as_str().unwrap().bytes().all(|byte| (b' '..=b'~').contains(&byte) && !b"\"\\".contains(&byte))
            );
        }
    }
}
