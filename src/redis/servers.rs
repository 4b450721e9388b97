//! Where the servers are, as a program names them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{Client, IntoConnectionInfo, RedisResult};

use super::build_error::RedisBuildError;
#[cfg(feature = "redis-tls")]
use super::tls::Certificates;

/// Where Redis or Valkey is: one address, Sentinels, or nodes of a cluster.
///
/// URLs are `redis://[user:password@]host[:port][/database]`; with feature `redis-tls` also `rediss://`. Its `Debug` shows
/// no password.
///
/// As a text, `redis+cluster://[user:password@]host:port,host:port` is a cluster, and
/// `redis+sentinel://[user:password@]host:port,host:port/name[/database]` a primary that Sentinels name; user and
/// password are the servers', not the Sentinels'. `rediss+cluster` and `rediss+sentinel` speak TLS to all of them.
///
/// ```
/// use counterfoil::RedisServers;
///
/// let one = RedisServers::one("redis://127.0.0.1:6379");
/// let three = RedisServers::cluster(["redis://a:6379", "redis://b:6379", "redis://c:6379"]);
/// let watched = RedisServers::sentinel(["redis://a:26379", "redis://b:26379", "redis://c:26379"], "logins");
/// let parsed: RedisServers = "redis+cluster://a:6379,b:6379,c:6379".parse()?;
/// # Ok::<(), counterfoil::RedisBuildError>(())
/// ```
#[derive(Clone)]
pub struct RedisServers {
    pub(super) kind: Kind,
    #[cfg(feature = "redis-tls")]
    pub(super) certificates: Certificates,
}

#[derive(Clone)]
pub(super) enum Kind {
    One(String),
    Sentinel {
        urls: Vec<String>,
        name: String,
        /// As what to speak to the primary; its host does not count.
        primary: Option<String>,
    },
    Cluster(Vec<String>),
}

/// A half-open socket is noticed by the kernel.
pub(super) fn tcp() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(Duration::from_secs(5));
    settings
}

impl RedisServers {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            #[cfg(feature = "redis-tls")]
            certificates: Certificates::default(),
        }
    }

    /// One address: a server, or whatever stands for a group of them.
    pub fn one(url: impl Into<String>) -> Self {
        Self::new(Kind::One(url.into()))
    }

    /// The primary of that name, as the Sentinels at these URLs tell it, anew for each connection. User and password in
    /// the URLs are the Sentinels' own.
    ///
    /// ```
    /// use counterfoil::RedisServers;
    ///
    /// let servers = RedisServers::sentinel(["redis://a:26379", "redis://b:26379"], "logins")
    ///     .primary("redis://counterfoil:password@primary/1");
    /// # drop(servers);
    /// ```
    pub fn sentinel<U: Into<String>>(urls: impl IntoIterator<Item = U>, name: impl Into<String>) -> Self {
        let urls = urls.into_iter().map(Into::into).collect();
        Self::new(Kind::Sentinel { urls, name: name.into(), primary: None })
    }

    /// How to speak to the primary that Sentinels name: the scheme (TLS or not), user, password and database of this URL;
    /// its host does not count. Default: plain, without a password, database 0. Of no effect where there are no
    /// Sentinels.
    #[must_use]
    pub fn primary(mut self, url: impl Into<String>) -> Self {
        if let Kind::Sentinel { primary, .. } = &mut self.kind {
            *primary = Some(url.into());
        }
        self
    }

    /// A cluster, found by some of its nodes.
    pub fn cluster<U: Into<String>>(urls: impl IntoIterator<Item = U>) -> Self {
        Self::new(Kind::Cluster(urls.into_iter().map(Into::into).collect()))
    }

    /// Trusts the authorities of these certificates, in PEM, instead of the public ones, for `rediss://`.
    ///
    /// ```no_run
    /// use counterfoil::RedisServers;
    ///
    /// let servers = RedisServers::one("rediss://10.0.0.7:6379").root_certificates(std::fs::read("authority.pem")?);
    /// let servers = servers.client_certificate(std::fs::read("chain.pem")?, std::fs::read("key.pem")?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "redis-tls")]
    #[must_use]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificates.roots = Some(pem.into());
        self
    }

    /// Shows this certificate to servers that ask for one (mutual TLS): the chain and its private key, both in PEM.
    #[cfg(feature = "redis-tls")]
    #[must_use]
    pub fn client_certificate(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.certificates.client = Some((chain.into(), key.into().into()));
        self
    }

    /// Opens nothing yet: reads the URL.
    #[cfg_attr(not(feature = "redis-tls"), expect(clippy::unused_self, reason = "its certificates are of TLS"))]
    pub(super) fn client(&self, url: &str) -> RedisResult<Client> {
        let info = url.into_connection_info()?.set_tcp_settings(tcp());
        #[cfg(feature = "redis-tls")]
        if let Some(client) = self.certificates.client(&info) {
            return client;
        }
        Client::open(info)
    }

    pub(super) fn check(&self) -> Result<(), RedisBuildError> {
        let (urls, primary) = match &self.kind {
            Kind::One(url) => (std::slice::from_ref(url), None),
            Kind::Sentinel { urls, primary, .. } => (&urls[..], primary.as_ref()),
            Kind::Cluster(urls) => (&urls[..], None),
        };
        let read = |url: &String| url.as_str().into_connection_info().is_ok();
        if urls.is_empty() || !urls.iter().chain(primary).all(read) {
            return Err(RedisBuildError::Url);
        }
        #[cfg(feature = "redis-tls")]
        if !self.certificates.can_be_read() {
            return Err(RedisBuildError::Certificate);
        }
        Ok(())
    }

    pub(super) fn is_cluster(&self) -> bool {
        matches!(self.kind, Kind::Cluster(_))
    }
}

/// Reads the text of a [`RedisServers`].
impl FromStr for RedisServers {
    type Err = RedisBuildError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let group = |kind: &str| {
            let (scheme, rest) = text.split_once("://")?;
            let scheme = scheme.strip_suffix(kind).filter(|scheme| ["redis", "rediss"].contains(scheme))?;
            // A password may have an `@`.
            let (login, rest) = rest.rsplit_once('@').map_or(("", rest), |(login, rest)| (login, rest));
            let login = if login.is_empty() { String::new() } else { format!("{login}@") };
            Some((scheme, login, rest))
        };
        let servers = if let Some((scheme, login, hosts)) = group("+cluster") {
            let url = |host: &str| format!("{scheme}://{login}{host}");
            Self::cluster(hosts.trim_end_matches('/').split(',').map(url))
        } else if let Some((scheme, login, rest)) = group("+sentinel") {
            let (hosts, rest) = rest.split_once('/').ok_or(RedisBuildError::Url)?;
            let (name, database) = rest.split_once('/').unwrap_or((rest, ""));
            if name.is_empty() {
                return Err(RedisBuildError::Url);
            }
            let urls = hosts.split(',').map(|host| format!("{scheme}://{host}"));
            Self::sentinel(urls, name).primary(format!("{scheme}://{login}primary/{database}"))
        } else {
            Self::one(text)
        };
        servers.check().map(|()| servers)
    }
}

impl fmt::Debug for RedisServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::One(_) => "RedisServers(one)",
            Kind::Sentinel { .. } => "RedisServers(sentinel)",
            Kind::Cluster(_) => "RedisServers(cluster)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_a_group() {
        let read = |text: &str| text.parse::<RedisServers>().map(|servers| servers.kind);
        let Ok(Kind::Cluster(urls)) = read("redis+cluster://u:p@x@a:1,b:2/") else { panic!("a cluster") };
        assert_eq!(urls, ["redis://u:p@x@a:1", "redis://u:p@x@b:2"]);
        let Ok(Kind::Sentinel { urls, name, primary }) = read("redis+sentinel://:p@a:1,b:2/main/3") else {
            panic!("Sentinels")
        };
        assert_eq!((urls, name), (vec!["redis://a:1".to_owned(), "redis://b:2".to_owned()], "main".to_owned()));
        assert_eq!(primary.as_deref(), Some("redis://:p@primary/3"));
        for wrong in ["redis+sentinel://a:1", "redis+sentinel://a:1/", "http+cluster://a:1", "redis+cluster://a:port"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
