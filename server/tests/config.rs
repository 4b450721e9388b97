//! What a configuration says, from a file and from the environment, and what is refused.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use counterfoil_server::config::{ConfigError, Kind, SETTINGS};
use counterfoil_server::{Config, check};

use crate::support::{PUBLISHABLE, SECRET, TempFile};

const KEY: &str = "0707070707070707070707070707070707070707070707070707070707070707";

/// Each setting with another value than its default, by its variable.
const ALL: [(&str, &str); 37] = [
    ("COUNTERFOIL_LISTEN_ADDRESS", "0.0.0.0:80"),
    ("COUNTERFOIL_HTTP_PUBLIC_URL", "https://login.example"),
    ("COUNTERFOIL_HTTP_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1"),
    ("COUNTERFOIL_HTTP_CORS_ORIGINS", "https://a.example,https://b.example"),
    ("COUNTERFOIL_HTTP_MAX_CONNECTIONS", "1000"),
    ("COUNTERFOIL_HTTP_MAX_CONNECTIONS_PER_SOURCE", "8"),
    ("COUNTERFOIL_HTTP_HEADER_TIMEOUT", "1s"),
    ("COUNTERFOIL_HTTP_BODY_TIMEOUT", "1500ms"),
    ("COUNTERFOIL_HTTP_REQUEST_TIMEOUT", "1m 30s"),
    ("COUNTERFOIL_HTTP_IDLE_TIMEOUT", "2m"),
    ("COUNTERFOIL_HTTP_MAX_CONNECTION_AGE", "1h"),
    ("COUNTERFOIL_HTTP_DRAIN_TIMEOUT", "4s"),
    ("COUNTERFOIL_LOGIN_MAX_WAIT", "20s"),
    ("COUNTERFOIL_LOGIN_LONGEST", "30m"),
    ("COUNTERFOIL_OAUTH_VERIFICATION_URI", "https://app.example/cli"),
    ("COUNTERFOIL_OAUTH_EXPIRES_IN", "5m"),
    ("COUNTERFOIL_OAUTH_SCOPES", "read,write"),
    ("COUNTERFOIL_STORE_MAX_SESSIONS", "5000"),
    ("COUNTERFOIL_STORE_MAX_SESSIONS_PER_PROJECT", "500"),
    ("COUNTERFOIL_STORE_MAX_SESSIONS_PER_SOURCE", "50"),
    ("COUNTERFOIL_STORE_RETENTION", "1m"),
    ("COUNTERFOIL_STORE_POLL_INTERVAL", "0s"),
    ("COUNTERFOIL_STORE_USER_CODE_ATTEMPTS", "5"),
    ("COUNTERFOIL_STORE_REDIS_URL", "redis://:pw@127.0.0.1:6379"),
    ("COUNTERFOIL_STORE_REDIS_KEYS", KEY),
    ("COUNTERFOIL_STORE_REDIS_PREFIX", "login"),
    ("COUNTERFOIL_STORE_REDIS_TIMEOUT", "3s"),
    ("COUNTERFOIL_PROJECT_0_ID", "internal"),
    ("COUNTERFOIL_PROJECT_0_SECRET_SERVER_KEY", SECRET),
    ("COUNTERFOIL_PROJECT_0_PUBLISHABLE_CLIENT_KEY", PUBLISHABLE),
    ("COUNTERFOIL_CLIENT_0_ID", "acme-cli"),
    ("COUNTERFOIL_CLIENT_0_PROJECT", "internal"),
    ("COUNTERFOIL_CLIENT_0_NAME", "Acme CLI"),
    ("COUNTERFOIL_ADMIN_ENABLED", "true"),
    ("COUNTERFOIL_METRICS_ADDRESS", "[::1]:9102"),
    ("COUNTERFOIL_AUDIT_FILE", "-"),
    ("COUNTERFOIL_LOG_FILTER", "warn,counterfoil=debug"),
];

/// The least that is needed.
pub(crate) const LEAST: &str = "[[project]]\nid = \"internal\"\nsecret_server_key = \"ssk-that-must-not-show\"\n\
                                publishable_client_key = \"pck-that-must-not-show\"\n";

fn load(file: Option<&Path>, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value)));
    let config = Config::load(file, variables)?;
    if config.store.redis.is_none() { check(&config).map(|()| config) } else { Ok(config) }
}

/// The error of a file, without the file's name.
#[track_caller]
fn error(text: &str, variables: &[(&str, &str)]) -> String {
    let file = TempFile::new(text);
    let error = load(Some(&file.0), variables).expect_err(text).to_string();
    for secret in [SECRET, PUBLISHABLE, KEY] {
        assert!(!error.contains(secret), "{error}");
    }
    error.strip_prefix(file.path()).map_or_else(|| error.clone(), |rest| format!("FILE{rest}"))
}

#[test]
fn a_file_and_the_environment_say_the_same() {
    let by_variables = load(None, &ALL).unwrap();
    let mut text = String::new();
    for setting in SETTINGS {
        let Some((_, value)) = ALL.iter().find(|(name, _)| *name == setting.variable(0)) else { continue };
        let header =
            if setting.is_listed() { format!("[[{}]]", setting.section) } else { format!("[{}]", setting.section) };
        if !text.contains(&header) {
            text.extend([header, "\n".to_owned()]);
        }
        let value = match setting.kind {
            Kind::Number | Kind::Flag => (*value).to_owned(),
            Kind::Text | Kind::Secret => format!("{value:?}"),
            Kind::List | Kind::Secrets => format!("{:?}", value.split(',').map(str::trim).collect::<Vec<_>>()),
        };
        text.extend([setting.key, " = ", &value, "\n"]);
    }
    let file = TempFile::new(&text);
    assert_eq!(load(Some(&file.0), &[]).unwrap(), by_variables, "{text}");

    // All settings but the one of the other store are among them, and none is what it is by default.
    let given: BTreeSet<_> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut all: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.variable(0)).collect();
    assert!(all.remove("COUNTERFOIL_STORE_MEMORY_HUGE_PAGES"));
    assert_eq!(given, all);
    let least = TempFile::new(LEAST);
    let by_default = load(Some(&least.0), &[]).unwrap();
    for (name, value) in ALL.iter().filter(|(name, _)| !name.contains("PROJECT_0") && !name.contains("CLIENT_0")) {
        let mut variables = vec![(*name, *value)];
        // What does not stand alone.
        match *name {
            "COUNTERFOIL_LISTEN_ADDRESS" => variables.push(ALL[1]),
            "COUNTERFOIL_STORE_REDIS_URL" => variables.push(("COUNTERFOIL_STORE_REDIS_KEYS", KEY)),
            name if name.contains("_REDIS_") => {
                variables.extend([("COUNTERFOIL_STORE_REDIS_URL", "redis://a")]);
                if !name.ends_with("_KEYS") {
                    variables.push(("COUNTERFOIL_STORE_REDIS_KEYS", KEY));
                }
            }
            _ => {}
        }
        assert_ne!(load(Some(&least.0), &variables).unwrap(), by_default, "{name}");
    }
    let huge = load(Some(&least.0), &[("COUNTERFOIL_STORE_MEMORY_HUGE_PAGES", "true")]).unwrap();
    assert!(huge.store.memory.unwrap().huge_pages);
}

/// A setting that has no variable would be one that a container cannot set.
#[test]
fn each_setting_of_a_section_has_a_variable() {
    let sections: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.section).collect();
    for section in sections {
        let listed = SETTINGS.iter().any(|setting| setting.section == section && setting.is_listed());
        let header = if listed { format!("[[{section}]]") } else { format!("[{section}]") };
        let error = error(&format!("{header}\nnone = 1\n"), &[]);
        assert!(error.starts_with("FILE:2:1: ") && error.contains("there is no setting `none` here"), "{error}");
        let there = error.split("there are ").nth(1).unwrap().split('`').skip(1).step_by(2);
        let there: BTreeSet<_> =
            there.filter(|name| section != "store" || !["memory", "redis"].contains(name)).collect();
        let known = SETTINGS.iter().filter(|setting| setting.section == section).map(|setting| setting.key).collect();
        assert_eq!(there, known, "{section}");
    }
}

#[test]
fn variables_count_before_the_file_and_lists_are_counted() {
    let file = TempFile::new(&format!("{LEAST}[http]\nidle_timeout = \"5s\"\ntrusted_proxies = [\"10.0.0.1\"]\n"));
    let secret = TempFile::new(" ssk-from-a-file-of-secrets\n");
    let variables = [
        ("COUNTERFOIL_HTTP_IDLE_TIMEOUT", "6s"),
        ("COUNTERFOIL_HTTP_TRUSTED_PROXIES", "10.0.0.2"),
        ("COUNTERFOIL_PROJECT_0_ID", "first"),
        ("COUNTERFOIL_PROJECT_1_ID", "second"),
        ("COUNTERFOIL_PROJECT_1_SECRET_SERVER_KEY_FILE", secret.path()),
        ("COUNTERFOIL_PROJECT_1_PUBLISHABLE_CLIENT_KEY", "pck-of-the-second"),
        // Empty: not set.
        ("COUNTERFOIL_HTTP_PUBLIC_URL", ""),
        // Of others.
        ("COUNTERFOIL_CONFIG", "elsewhere.toml"),
        ("COUNTERFOIL_SERVICE_HOST", "10.96.0.1"),
        ("COUNTERFOIL_PORT_8102_TCP", "tcp://10.96.0.1:8102"),
        ("COUNTERFOIL_REDIS_SERVICE_HOST", "10.96.0.2"),
        ("COUNTERFOIL_REDIS_PORT", "tcp://10.96.0.2:6379"),
        ("PATH", "/bin"),
    ];
    let config = load(Some(&file.0), &variables).unwrap();
    assert_eq!(config.http.idle_timeout.get().as_secs(), 6);
    assert_eq!(config.http.trusted_proxies, ["10.0.0.2".parse().unwrap()]);
    assert_eq!(config.http.public_url, None);
    assert_eq!(config.project.iter().map(|project| &*project.id).collect::<Vec<_>>(), ["first", "second"]);
    let read = counterfoil_server::config::Given::Text("ssk-from-a-file-of-secrets".into());
    assert_eq!(config.project[1].secret_server_key, Some(read));
}

#[test]
fn a_secret_is_where_it_is_said_to_be_and_nothing_shows_it() {
    let secret = TempFile::new("ssk-that-must-not-show\n");
    let text = format!(
        "[[project]]\nid = \"a\"\nsecret_server_key = {{ file = {:?} }}\npublishable_client_key = {{ env = \"COUNTERFOIL_PCK\" }}\n",
        secret.path()
    );
    let file = TempFile::new(&text);
    let config = load(Some(&file.0), &[("COUNTERFOIL_PCK", PUBLISHABLE)]).unwrap();
    let redis = load(None, &ALL).unwrap();
    for shown in [format!("{config:?}"), format!("{config:#?}"), format!("{redis:?}")] {
        for secret in [SECRET, PUBLISHABLE, KEY, ":pw@"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    let missing = error(&text, &[]);
    assert_eq!(
        missing,
        "FILE:4:1: project[0].publishable_client_key: the environment variable COUNTERFOIL_PCK is not set, or is no \
         text; set it"
    );
    std::fs::write(secret.path(), "\n").unwrap();
    let empty = error(&text, &[("COUNTERFOIL_PCK", PUBLISHABLE)]);
    assert!(empty.contains("project[0].secret_server_key: the file ") && empty.contains("is empty;"), "{empty}");
    let gone = text.replace(secret.path(), "/nowhere/secret");
    let gone = error(&gone, &[("COUNTERFOIL_PCK", PUBLISHABLE)]);
    assert!(gone.starts_with("FILE:3:1: project[0].secret_server_key: the file /nowhere/secret: "), "{gone}");
}

#[test]
fn what_is_wrong_in_a_file_is_told_with_its_place() {
    let with = |text: &str| format!("{LEAST}{text}\n");
    let time = "expected a time from 0s to 24h as text with units";
    let two = LEAST.repeat(2);
    let client = "[[client]]\nid = \"c\"\nproject = \"internal\"\nname = \"C\"";
    let cases = [
        (
            with("[http]\nidle_time = \"5s\""),
            "FILE:6:1: http.idle_time: there is no setting `idle_time` here; there are ",
        ),
        (with("[htp]"), "FILE:5:2: htp: there is no setting `htp` here; there are `listen`, `http`"),
        (with("[http]\nidle_timeout = 75"), &*format!("FILE:6:16: http.idle_timeout: {time}")),
        (with("[http]\nidle_timeout = \"75\""), &*format!("FILE:6:16: http.idle_timeout: {time}")),
        (with("[http]\nidle_timeout = \"25h\""), &*format!("FILE:6:16: http.idle_timeout: {time}")),
        (with("[http]\nidle_timeout = \"-1s\""), &*format!("FILE:6:16: http.idle_timeout: {time}")),
        (with("[http]\npublic_url = \"login.example\""), "FILE:6:14: http.public_url: expected an address such as"),
        (
            with("[http]\ntrusted_proxies = [\n\"10.0.0.0/8\", \"x\"]"),
            "FILE:7:15: http.trusted_proxies: expected IP add",
        ),
        (with("[http]\ntrusted_proxies = \"10.0.0.0/8\""), "FILE:6:19: http.trusted_proxies: expected IP addresses"),
        (with("[listen]\naddress = \"localhost:80\""), "FILE:6:11: listen.address: expected an IP address and a port"),
        (with("[store]\nmax_sessions = 0"), "FILE:6:16: store.max_sessions: expected a whole number, at least 1"),
        (with("[store]\nmax_sessions = \"ssk-that-must-not-show\""), "FILE:6:16: store.max_sessions: expected "),
        (with("[admin]\nenabled = \"yes\""), "FILE:6:11: admin.enabled: expected true or false"),
        (with("[store.redis]\nurl = 7"), "FILE:6:7: store.redis.url: expected a text, { env = \"NAME\" } or"),
        (with("[store.redis]\nurl = { env = \"A\", file = \"b\" }"), "FILE:6:7: store.redis.url: expected a text"),
        (with("[store.redis]\nurl = {}"), "FILE:6:7: store.redis.url: expected a text"),
        (with("[http\n"), "FILE:5:6: "),
        (
            with("[store.memory]\n[store.redis]\nurl = \"redis://a\""),
            "FILE: store: both store.memory and store.redis are",
        ),
        (with("[store.redis]\nkeys = [\"k\"]"), "FILE:5:1: store.redis.url: it is missing; give it, such as"),
        (with("[store.redis]\nurl = \"redis://a\""), "FILE:5:1: store.redis.keys: it is missing; give the same key to"),
        (with("[listen]\naddress = \"0.0.0.0:80\""), "FILE: http.public_url: it is missing, and other machines reach"),
        (with("[metrics]\naddress = \"127.0.0.1:8102\""), "FILE:6:1: metrics.address: the endpoints are served there"),
        (
            with("[http]\nrequest_timeout = \"30s\""),
            "FILE:6:1: http.request_timeout: a poll that waits for login.max_wait",
        ),
        (with("[http]\nbody_timeout = \"0s\""), "FILE:6:1: http.body_timeout: it is zero"),
        (with("[oauth]\nscopes = [\"a b\"]"), "FILE:6:1: oauth.scopes: a scope has printable"),
        (String::new(), "FILE: project: there is none; add [[project]] with"),
        (LEAST.replace("id =", "#"), "FILE:1:1: project[0].id: it is missing; give it from 1 to 128"),
        (LEAST.replace("\"internal\"", "\"a b\""), "FILE:2:1: project[0].id: give it from 1 to 128 printable"),
        (LEAST.replace("secret_server_key", "#"), "FILE:1:1: project[0].secret_server_key: it is missing; your site's"),
        (LEAST.replace(SECRET, "short"), "FILE:3:1: project[0].secret_server_key: it is too short to be hard to guess"),
        (LEAST.replace(SECRET, "with spaces between them"), "FILE:3:1: project[0].secret_server_key: it is sent in a"),
        (
            LEAST.replace(PUBLISHABLE, SECRET),
            "FILE:3:1: project[0].secret_server_key: it is the publishable_client_key",
        ),
        (two, "FILE:6:1: project[1].id: another project has this id"),
        (with(client), "FILE: oauth.verification_uri: it is missing, and clients need it"),
        (with(&client.replace("internal", "other")), "FILE:7:1: client[0].project: no [[project]] has this id"),
        (with(&client.replace("name", "#")), "FILE:5:1: client[0].name: it is missing"),
    ];
    for (text, expected) in cases {
        let error = error(&text, &[]);
        assert!(error.starts_with(expected), "{error}\nnot {expected}, of\n{text}");
    }
    let unread = load(Some(Path::new("/nowhere/counterfoil.toml")), &[]).unwrap_err().to_string();
    assert!(unread.starts_with("/nowhere/counterfoil.toml: it cannot be read: "), "{unread}");
    assert!(unread.ends_with("; name another by --config"), "{unread}");
    let filter = load(None, &[&ALL[27..30], &[("COUNTERFOIL_LOG_FILTER", "counterfoil=loud")]].concat())
        .unwrap_err()
        .to_string();
    assert!(filter.starts_with("log.filter: give a level"), "{filter}");
}

#[test]
fn what_is_wrong_in_a_variable_is_told_by_its_name() {
    for (name, value, expected) in [
        ("COUNTERFOIL_HTTP_IDLE_TIMEOUT", "75", ": http.idle_timeout: expected a time from 0s to 24h"),
        ("COUNTERFOIL_STORE_MAX_SESSIONS", SECRET, ": store.max_sessions: expected a whole number"),
        ("COUNTERFOIL_STORE_MAX_SESSIONS", "0", ": store.max_sessions: expected a whole number, at least 1"),
        ("COUNTERFOIL_ADMIN_ENABLED", "1", ": admin.enabled: expected true or false"),
        ("COUNTERFOIL_HTTP_CORS_ORIGINS", "https://a/b", ": http.cors_origins: expected origins without a path"),
        ("COUNTERFOIL_PROJECT_2_ID", "x", ": project[2].id: there are only 1 of these; count them from 0"),
        ("COUNTERFOIL_PROJECT_0_SECRET_SERVER_KEY", "short", ": project[0].secret_server_key: it is too short"),
        ("COUNTERFOIL_HTTP_PORT", "8102", ": no setting has this name; remove it"),
        ("COUNTERFOIL_PROJECT_ID", "x", ": no setting has this name; remove it"),
        ("COUNTERFOIL_SECRET_SERVER_KEY", SECRET, ": no setting has this name; remove it"),
        ("COUNTERFOIL_HTTP_PUBLIC_URL_FILE", "/x", ": no setting has this name; remove it"),
    ] {
        let error = error(LEAST, &[(name, value)]);
        assert!(error.starts_with(&format!("the environment variable {name}{expected}")), "{error}");
    }
    let twice = [("COUNTERFOIL_STORE_REDIS_URL", "redis://a"), ("COUNTERFOIL_STORE_REDIS_URL_FILE", "/x")];
    let twice = error(LEAST, &twice);
    let expected = "the environment variable COUNTERFOIL_STORE_REDIS_URL_FILE: store.redis.url: \
                    COUNTERFOIL_STORE_REDIS_URL is set, too; remove one of them";
    assert_eq!(twice, expected);
    let both = error(&format!("{LEAST}[store.memory]\n"), &ALL[23..25]);
    assert!(both.starts_with("FILE: store: both store.memory and store.redis are given"), "{both}");
}
