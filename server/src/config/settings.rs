//! `SETTINGS`: the names of all settings, for the environment.

/// What the text of a variable is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The text as it is.
    Text,
    /// The same, and `NAME_FILE` names a file that holds it.
    Secret,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// Texts with commas between them.
    List,
    /// The same, of secrets: `NAME_FILE` names a file that holds one.
    Secrets,
}

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its section, such as `http` or `store.redis`.
    pub section: &'static str,
    /// Its key.
    pub key: &'static str,
    /// What it is.
    pub kind: Kind,
}

impl Setting {
    const fn new(section: &'static str, key: &'static str, kind: Kind) -> Self {
        Self { section, key, kind }
    }

    /// Whether its section is a list, as in `[[project]]`: then its variable has a number, from 0.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        matches!(self.section, "project" | "client")
    }

    /// Returns the name of its variable, of the section with this number.
    #[must_use]
    pub fn variable(&self, number: usize) -> String {
        let section = self.section.replace('.', "_");
        let number = if self.is_listed() { format!("{number}_") } else { String::new() };
        format!("COUNTERFOIL_{section}_{number}{}", self.key).to_ascii_uppercase()
    }

    /// Returns its path in the configuration, as errors name it.
    #[must_use]
    pub fn path(&self, number: usize) -> String {
        let number = if self.is_listed() { format!("[{number}]") } else { String::new() };
        format!("{}{number}.{}", self.section, self.key)
    }
}

/// All settings.
pub const SETTINGS: [Setting; 38] = [
    Setting::new("listen", "address", Kind::Text),
    Setting::new("http", "public_url", Kind::Text),
    Setting::new("http", "trusted_proxies", Kind::List),
    Setting::new("http", "cors_origins", Kind::List),
    Setting::new("http", "max_connections", Kind::Number),
    Setting::new("http", "max_connections_per_source", Kind::Number),
    Setting::new("http", "header_timeout", Kind::Text),
    Setting::new("http", "body_timeout", Kind::Text),
    Setting::new("http", "request_timeout", Kind::Text),
    Setting::new("http", "idle_timeout", Kind::Text),
    Setting::new("http", "max_connection_age", Kind::Text),
    Setting::new("http", "drain_timeout", Kind::Text),
    Setting::new("login", "max_wait", Kind::Text),
    Setting::new("login", "longest", Kind::Text),
    Setting::new("oauth", "verification_uri", Kind::Text),
    Setting::new("oauth", "expires_in", Kind::Text),
    Setting::new("oauth", "scopes", Kind::List),
    Setting::new("store", "max_sessions", Kind::Number),
    Setting::new("store", "max_sessions_per_project", Kind::Number),
    Setting::new("store", "max_sessions_per_source", Kind::Number),
    Setting::new("store", "retention", Kind::Text),
    Setting::new("store", "poll_interval", Kind::Text),
    Setting::new("store", "user_code_attempts", Kind::Number),
    Setting::new("store.memory", "huge_pages", Kind::Flag),
    Setting::new("store.redis", "url", Kind::Secret),
    Setting::new("store.redis", "keys", Kind::Secrets),
    Setting::new("store.redis", "prefix", Kind::Text),
    Setting::new("store.redis", "timeout", Kind::Text),
    Setting::new("project", "id", Kind::Text),
    Setting::new("project", "secret_server_key", Kind::Secret),
    Setting::new("project", "publishable_client_key", Kind::Secret),
    Setting::new("client", "id", Kind::Text),
    Setting::new("client", "project", Kind::Text),
    Setting::new("client", "name", Kind::Text),
    Setting::new("admin", "enabled", Kind::Flag),
    Setting::new("metrics", "address", Kind::Text),
    Setting::new("audit", "file", Kind::Text),
    Setting::new("log", "filter", Kind::Text),
];
