//! The project's keys and its users' tokens: given, or drawn and printed.

use rand::Rng;

use crate::flags::Flags;

/// What callers prove themselves with.
pub(crate) struct Keys {
    pub(crate) secret_server_key: String,
    pub(crate) publishable_client_key: String,
    pub(crate) refresh_tokens: Vec<String>,
    pub(crate) anonymous_refresh_tokens: Vec<String>,
}

impl Keys {
    pub(crate) fn new(flags: &Flags) -> Self {
        let refresh_tokens =
            if flags.refresh_tokens.is_empty() { vec![random("rt")] } else { flags.refresh_tokens.clone() };
        Self {
            secret_server_key: flags.secret_server_key.clone().unwrap_or_else(|| random("ssk")),
            publishable_client_key: flags.publishable_client_key.clone().unwrap_or_else(|| random("pck")),
            refresh_tokens,
            anonymous_refresh_tokens: flags.anonymous_refresh_tokens.clone(),
        }
    }

    /// What was drawn, in lines for standard output. What was given is known already. The log gets neither.
    pub(crate) fn to_print(&self, flags: &Flags) -> String {
        let mut lines = vec![format!("project id: {}", flags.project_id)];
        if flags.secret_server_key.is_none() {
            lines.push(format!("secret server key: {}", self.secret_server_key));
        }
        if flags.publishable_client_key.is_none() {
            lines.push(format!("publishable client key: {}", self.publishable_client_key));
        }
        if flags.refresh_tokens.is_empty() {
            let tokens = self.refresh_tokens.iter();
            lines.extend(tokens.map(|token| format!("refresh token of a signed-in user: {token}")));
        }
        lines.join("\n") + "\n"
    }
}

/// 160 random bits in hexadecimal, named after what they are.
fn random(kind: &str) -> String {
    let mut bytes = [0; 20];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().fold(format!("{kind}_"), |text, byte| text + &format!("{byte:02x}"))
}
