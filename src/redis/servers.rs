//! Where the servers are, and how a connection to them is made.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::sentinel::{SentinelClient, SentinelServerType};
use redis::{AsyncConnectionConfig, Client, Cmd, IntoConnectionInfo, RedisResult, Value};

use super::build_error::RedisBuildError;

/// How long a connection may take to make, and a reply to come, before the call is tried again.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);

/// Where Redis or Valkey is: one address, Sentinels, or nodes of a cluster.
///
/// URLs are `redis://[user:password@]host[:port][/database]`; with feature `redis-tls` also `rediss://`. Its `Debug` shows
/// no password.
///
/// ```
/// use counterfoil::RedisServers;
///
/// let one = RedisServers::one("redis://127.0.0.1:6379");
/// let three = RedisServers::cluster(["redis://a:6379", "redis://b:6379", "redis://c:6379"]);
/// let parsed: RedisServers = "redis+cluster://a:6379,b:6379,c:6379".parse()?;
/// # Ok::<(), counterfoil::RedisBuildError>(())
/// ```
#[derive(Clone)]
pub struct RedisServers(Kind);

#[derive(Clone)]
enum Kind {
    One(String),
    Sentinel(Vec<String>, String),
    Cluster(Vec<String>),
}

impl RedisServers {
    /// One address: a server, or whatever stands for a group of them.
    pub fn one(url: impl Into<String>) -> Self {
        Self(Kind::One(url.into()))
    }

    /// The primary of that name, as the Sentinels at these URLs tell it, anew for each connection.
    pub fn sentinel<U: Into<String>>(urls: impl IntoIterator<Item = U>, name: impl Into<String>) -> Self {
        Self(Kind::Sentinel(urls.into_iter().map(Into::into).collect(), name.into()))
    }

    /// A cluster, found by some of its nodes.
    pub fn cluster<U: Into<String>>(urls: impl IntoIterator<Item = U>) -> Self {
        Self(Kind::Cluster(urls.into_iter().map(Into::into).collect()))
    }
}

/// Reads a URL: as for [`one`](RedisServers::one), or `redis+cluster://host:port,host:port`, or
/// `redis+sentinel://host:port,host:port/name`.
impl FromStr for RedisServers {
    type Err = RedisBuildError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let urls = |hosts: &str| hosts.split(',').map(|host| format!("redis://{host}")).collect::<Vec<_>>();
        let servers = if let Some(hosts) = text.strip_prefix("redis+cluster://") {
            Self::cluster(urls(hosts.trim_end_matches('/')))
        } else if let Some(rest) = text.strip_prefix("redis+sentinel://") {
            let (hosts, name) = rest.split_once('/').ok_or(RedisBuildError::Url)?;
            Self::sentinel(urls(hosts), name)
        } else {
            Self::one(text)
        };
        servers.check().map(|()| servers)
    }
}

impl fmt::Debug for RedisServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::One(_) => "RedisServers(one)",
            Kind::Sentinel(..) => "RedisServers(sentinel)",
            Kind::Cluster(_) => "RedisServers(cluster)",
        })
    }
}

/// A connection for commands. Clones share it.
#[derive(Clone)]
pub(super) enum Connection {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Connection {
    pub(super) async fn ask(&mut self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Self::One(connection) => command.query_async(connection).await,
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }
}

/// A half-open socket is noticed by the kernel.
fn tcp() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(Duration::from_secs(5));
    settings
}

fn client(url: &str) -> RedisResult<Client> {
    Client::open(url.into_connection_info()?.set_tcp_settings(tcp()))
}

impl RedisServers {
    pub(super) fn check(&self) -> Result<(), RedisBuildError> {
        let urls = match &self.0 {
            Kind::One(url) => std::slice::from_ref(url),
            Kind::Sentinel(urls, _) | Kind::Cluster(urls) => urls,
        };
        let read = |url: &String| client(url).is_ok();
        if !urls.is_empty() && urls.iter().all(read) { Ok(()) } else { Err(RedisBuildError::Url) }
    }

    async fn primary(&self, turn: usize) -> RedisResult<Client> {
        match &self.0 {
            Kind::One(url) => client(url),
            Kind::Sentinel(urls, name) => {
                let urls = urls.iter().map(String::as_str).collect();
                let mut sentinel = SentinelClient::build(urls, name.clone(), None, SentinelServerType::Master)?;
                let found = sentinel.async_get_client().await?;
                Client::open(found.get_connection_info().clone().set_tcp_settings(tcp()))
            }
            Kind::Cluster(urls) => client(&urls[turn % urls.len()]),
        }
    }

    pub(super) async fn connect(&self) -> RedisResult<Connection> {
        if let Kind::Cluster(urls) = &self.0 {
            let client = ClusterClient::builder(urls.iter().map(String::as_str))
                .connection_timeout(PATIENCE)
                .response_timeout(PATIENCE)
                .overall_response_timeout(Some(PATIENCE * 3))
                .min_retry_wait(10)
                .max_retry_wait(100)
                .tcp_settings(tcp())
                .build()?;
            return client.get_async_connection().await.map(Connection::Cluster);
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_pipeline_buffer_size(1024);
        let client = self.primary(0).await?;
        client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::One)
    }

    /// A connection for a subscription, to one node after the other.
    pub(super) async fn subscriber(&self, turn: usize) -> RedisResult<PubSub> {
        self.primary(turn).await?.get_async_pubsub().await
    }

    pub(super) fn is_cluster(&self) -> bool {
        matches!(self.0, Kind::Cluster(_))
    }
}
