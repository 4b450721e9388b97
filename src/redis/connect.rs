//! How a connection is made: for commands, and for a subscription.

use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo, RedisError,
    RedisResult, TlsMode, Value,
};

use super::servers::{Kind, RedisServers, tcp};

/// How long a connection may take to make, and a reply to come, before the call is tried again.
pub(super) const PATIENCE: Duration = Duration::from_millis(500);

/// How often the client of a cluster sends a command again by itself, at most. The engine does so, too, and knows then what
/// the answer was; of what the client keeps to itself until the time is over it would have to say that it may be applied.
const RESENT: u32 = 4;

/// A connection for commands. Clones share it.
#[derive(Clone)]
pub(super) enum Connection {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Connection {
    pub(super) async fn ask(&mut self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Self::One(connection) => connection.send_packed_command(command).await?.extract_error(),
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }
}

fn tls(info: &ConnectionInfo) -> bool {
    matches!(info.addr(), ConnectionAddr::TcpTls { .. })
}

impl RedisServers {
    /// Sentinels, beginning with another one each turn: one that does not answer keeps nobody from the others.
    #[cfg_attr(not(feature = "redis-tls"), expect(clippy::unused_self, reason = "its certificates are of TLS"))]
    fn sentinels(
        &self,
        urls: &[String],
        name: &str,
        primary: Option<&str>,
        turn: usize,
    ) -> RedisResult<SentinelClient> {
        let mut infos = urls.iter().map(|url| url.as_str().into_connection_info()).collect::<RedisResult<Vec<_>>>()?;
        let len = infos.len().max(1);
        infos.rotate_left(turn % len);
        let nobody = || RedisError::from((ErrorKind::InvalidClientConfig, "no Sentinels"));
        let own = infos.first().ok_or_else(nobody)?.clone();
        let mut builder = SentinelClientBuilder::new(
            infos.into_iter().map(|info| info.addr().clone()),
            name,
            SentinelServerType::Master,
        )?
        .set_client_to_sentinel_tcp_settings(tcp())
        .set_client_to_redis_tcp_settings(tcp());
        if let Some(user) = own.redis_settings().username() {
            builder = builder.set_client_to_sentinel_username(user);
        }
        if let Some(password) = own.redis_settings().password() {
            builder = builder.set_client_to_sentinel_password(password);
        }
        #[cfg(feature = "redis-tls")]
        if tls(&own) {
            builder = builder.set_client_to_sentinel_certificates(self.certificates.read());
        }
        if let Some(primary) = primary {
            let info = primary.into_connection_info()?;
            let settings = info.redis_settings();
            builder = builder.set_client_to_redis_db(settings.db());
            if let Some(user) = settings.username() {
                builder = builder.set_client_to_redis_username(user);
            }
            if let Some(password) = settings.password() {
                builder = builder.set_client_to_redis_password(password);
            }
            if tls(&info) {
                builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
                #[cfg(feature = "redis-tls")]
                {
                    builder = builder.set_client_to_redis_certificates(self.certificates.read());
                }
            }
        }
        builder.build()
    }

    async fn primary_client(&self, turn: usize) -> RedisResult<Client> {
        match &self.kind {
            Kind::One(url) => self.client(url),
            Kind::Sentinel { urls, name, primary } => {
                self.sentinels(urls, name, primary.as_deref(), turn)?.async_get_client().await
            }
            Kind::Cluster(urls) => self.client(&urls[turn % urls.len()]),
        }
    }

    /// How long a connection may take to make. One to a cluster is made of several, and waits for a node that is silent.
    pub(super) fn patience(&self) -> Duration {
        if self.is_cluster() { PATIENCE * 3 } else { PATIENCE }
    }

    /// A connection for commands. `turn` counts the calls.
    pub(super) async fn connect(&self, turn: usize) -> RedisResult<Connection> {
        if let Kind::Cluster(urls) = &self.kind {
            let infos = urls.iter().map(|url| url.as_str().into_connection_info()).collect::<RedisResult<Vec<_>>>()?;
            let builder = ClusterClient::builder(infos)
                .connection_timeout(PATIENCE)
                .response_timeout(PATIENCE)
                .overall_response_timeout(Some(PATIENCE * 3))
                .retries(RESENT)
                .min_retry_wait(10)
                .max_retry_wait(100)
                .tcp_settings(tcp());
            #[cfg(feature = "redis-tls")]
            let builder = if urls.iter().any(|url| url.starts_with("rediss://")) {
                builder.certs(self.certificates.read())
            } else {
                builder
            };
            return builder.build()?.get_async_connection().await.map(Connection::Cluster);
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_pipeline_buffer_size(1024);
        let client = self.primary_client(turn).await?;
        client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::One)
    }

    /// A connection for a subscription, to one node after the other.
    pub(super) async fn subscriber(&self, turn: usize) -> RedisResult<PubSub> {
        self.primary_client(turn).await?.get_async_pubsub().await
    }
}
