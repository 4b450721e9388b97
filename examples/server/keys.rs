//! The project's keys and its users' tokens: given, or drawn and printed.

use rand::Rng;

use crate::flags::Flags;
use crate::keys_file::KeysFile;

/// The environment variables that give them, and their names in a file of keys.
pub(crate) const SECRET_SERVER_KEY: &str = "COUNTERFOIL_SECRET_SERVER_KEY";
pub(crate) const PUBLISHABLE_CLIENT_KEY: &str = "COUNTERFOIL_PUBLISHABLE_CLIENT_KEY";
pub(crate) const REFRESH_TOKEN: &str = "COUNTERFOIL_REFRESH_TOKEN";
pub(crate) const ANONYMOUS_REFRESH_TOKEN: &str = "COUNTERFOIL_ANONYMOUS_REFRESH_TOKEN";

/// What is wrong with a text that does not fit a header.
pub(crate) const UNFIT: &str =
    "it is sent in a header: give one or more printable ASCII characters, without spaces between them";

/// What callers prove themselves with.
pub(crate) struct Keys {
    pub(crate) secret_server_key: String,
    pub(crate) publishable_client_key: String,
    pub(crate) refresh_tokens: Vec<String>,
    pub(crate) anonymous_refresh_tokens: Vec<String>,
    /// Whether no signed-in user's token was given.
    pub(crate) users_drawn: bool,
    /// What was drawn, in words.
    drawn: Vec<String>,
}

impl Keys {
    /// The keys of the command line and the environment, or else of the file, or else new ones. No error shows one.
    pub(crate) fn new(flags: &Flags) -> Result<Self, String> {
        let file = flags.keys_file.as_deref().map_or(Ok(KeysFile::default()), KeysFile::read)?;
        let given = |flag: &[String], name| {
            let texts = if flag.is_empty() { file.values(name) } else { flag.iter().map(String::as_str).collect() };
            // A variable can give several tokens, one a line; a key has one line only.
            let ends = |c| c == '\n' && name != SECRET_SERVER_KEY && name != PUBLISHABLE_CLIENT_KEY;
            let texts = texts.into_iter().flat_map(|text| text.trim().split(ends));
            texts.map(|text| checked(name, text)).collect::<Result<Vec<_>, _>>()
        };
        let mut drawn = vec![format!("project id: {}", flags.project_id)];
        let mut or_drawn = |mut given: Vec<String>, kind, title| {
            if given.is_empty() {
                given.push(random(kind));
                drawn.push(format!("{title}: {}", given[0]));
            }
            given
        };
        let secret_server_key = given(flags.secret_server_key.as_slice(), SECRET_SERVER_KEY)?;
        let publishable_client_key = given(flags.publishable_client_key.as_slice(), PUBLISHABLE_CLIENT_KEY)?;
        let refresh_tokens = given(&flags.refresh_tokens, REFRESH_TOKEN)?;
        Ok(Self {
            users_drawn: refresh_tokens.is_empty(),
            secret_server_key: or_drawn(secret_server_key, "ssk", "secret server key").swap_remove(0),
            publishable_client_key: or_drawn(publishable_client_key, "pck", "publishable client key").swap_remove(0),
            refresh_tokens: or_drawn(refresh_tokens, "rt", "refresh token of a signed-in user"),
            anonymous_refresh_tokens: given(&flags.anonymous_refresh_tokens, ANONYMOUS_REFRESH_TOKEN)?,
            drawn,
        })
    }

    /// What was drawn, in lines for standard output. What was given is known already. The log gets neither.
    pub(crate) fn to_print(&self) -> String {
        self.drawn.join("\n") + "\n"
    }
}

/// A key comes in a header, so it must be able to. A token comes in bodies.
fn checked(name: &str, text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("{name} is empty: leave it out, or give it a value"));
    }
    if name.ends_with("KEY") && !fits_header(text) {
        return Err(format!("{name} cannot be used: {UNFIT}"));
    }
    Ok(text.to_owned())
}

pub(crate) fn fits_header(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// 160 random bits in hexadecimal, named after what they are.
fn random(kind: &str) -> String {
    let mut bytes = [0; 20];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().fold(format!("{kind}_"), |text, byte| text + &format!("{byte:02x}"))
}
