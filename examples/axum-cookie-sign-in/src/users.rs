//! `Users`: accounts and their refresh tokens, in SQLite.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{self, PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use counterfoil::{Secret, SessionId};
use rand::Rng;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

/// One connection is enough for an example; a server has a pool.
#[derive(Clone)]
pub struct Users(Arc<Mutex<Connection>>);

/// A refresh token that is good: whose, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    pub user: String,
    pub scope: String,
    /// The login that it came of. What goes wrong with a login is told by this name, when the token has left the store.
    pub session: Option<SessionId>,
}

/// What an error of the database or of a hash becomes: not the caller's to see.
#[derive(Debug)]
pub struct Failed(String);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<password_hash::Error> for Failed {
    fn from(error: password_hash::Error) -> Self {
        Self(error.to_string())
    }
}

impl Users {
    pub fn open(path: &str) -> Result<Self, Failed> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, password TEXT NOT NULL) STRICT;
             CREATE TABLE IF NOT EXISTS tokens (
                 digest BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES users (name), scope TEXT NOT NULL, session TEXT
             ) STRICT;
             CREATE INDEX IF NOT EXISTS tokens_of_a_login ON tokens (session);",
        )?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    pub fn add_if_none(&self, name: &str, password: &str) -> Result<(), Failed> {
        let hash = Argon2::default().hash_password(password.as_bytes(), &SaltString::generate(&mut OsRng))?.to_string();
        self.with(|users| users.execute("INSERT OR IGNORE INTO users VALUES (?1, ?2)", params![name, hash]))?;
        Ok(())
    }

    /// Whether the password is this user's. Takes some ten milliseconds of a processor, on purpose: off the runtime.
    pub async fn check(&self, name: String, password: String) -> Result<bool, Failed> {
        let users = self.clone();
        let checked = tokio::task::spawn_blocking(move || {
            let find = "SELECT password FROM users WHERE name = ?1";
            let hash: Option<String> =
                users.with(|users| users.query_row(find, [&name], |row| row.get(0)).optional())?;
            // A name that nobody has takes as long as one that somebody has.
            let known = hash.is_some();
            let hash = match hash {
                Some(hash) => hash,
                None => Argon2::default().hash_password(b"", &SaltString::generate(&mut OsRng))?.to_string(),
            };
            let fits = Argon2::default().verify_password(password.as_bytes(), &PasswordHash::new(&hash)?).is_ok();
            Ok(known && fits)
        });
        checked.await.map_err(|error| Failed(error.to_string()))?
    }

    /// A new refresh token. Each login has one of its own, so that it can be revoked alone.
    pub fn new_token(&self, granted: &Granted) -> Result<Secret, Failed> {
        let mut bytes = [0; 32];
        rand::rng().fill_bytes(&mut bytes);
        let token = bytes.iter().fold("rt_".to_owned(), |text, byte| text + &format!("{byte:02x}"));
        let Granted { user, scope, session } = granted;
        let session = session.map(|session| session.to_string());
        let insert = "INSERT INTO tokens VALUES (?1, ?2, ?3, ?4)";
        self.with(|users| users.execute(insert, params![digest(&token), user, scope, session]))?;
        Ok(Secret::new(token))
    }

    pub fn granted(&self, token: &Secret) -> Result<Option<Granted>, Failed> {
        let find = "SELECT user, scope, session FROM tokens WHERE digest = ?1";
        let row = |row: &rusqlite::Row<'_>| {
            let session: Option<String> = row.get(2)?;
            let session = session.and_then(|session| session.parse().ok());
            Ok(Granted { user: row.get(0)?, scope: row.get(1)?, session })
        };
        Ok(self.with(|users| users.query_row(find, [digest(token.expose())], row).optional())?)
    }

    /// Revokes it. Returns whether it was good.
    pub fn revoke(&self, token: &Secret) -> Result<bool, Failed> {
        let delete = "DELETE FROM tokens WHERE digest = ?1";
        Ok(self.with(|users| users.execute(delete, [digest(token.expose())]))? > 0)
    }

    /// Revokes all that came of a login.
    pub fn revoke_login(&self, session: SessionId) -> Result<(), Failed> {
        let delete = "DELETE FROM tokens WHERE session = ?1";
        self.with(|users| users.execute(delete, [session.to_string()]))?;
        Ok(())
    }

    fn with<T>(&self, ask: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        ask(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A token has more bits than can be guessed, so a plain digest hides it from a reader of the database.
fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
