//! The server that is measured, and a connection of the kind that the engine has.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use counterfoil::{RedisServers, RedisStore};

pub(crate) type Store = RedisStore<String>;
pub(crate) type Connection = redis::aio::MultiplexedConnection;

/// Started here and stopped when it is dropped, unless `COUNTERFOIL_REDIS_URL` names one.
pub(crate) struct Server(Option<Child>, String);

impl Server {
    pub(crate) fn start() -> Self {
        if let Ok(url) = std::env::var("COUNTERFOIL_REDIS_URL") {
            return Self(None, url);
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        let child = command.stdout(Stdio::null()).spawn().expect("redis-server is installed");
        Self(Some(child), format!("redis://127.0.0.1:{port}"))
    }

    /// As the engine connects.
    pub(crate) async fn connect(&self) -> Connection {
        let client = redis::Client::open(self.1.as_str()).unwrap();
        let config = redis::AsyncConnectionConfig::new()
            .set_response_timeout(Some(Duration::from_millis(500)))
            .set_pipeline_buffer_size(1024);
        for _ in 0..200 {
            if let Ok(connection) = client.get_multiplexed_async_connection_with_config(&config).await {
                return connection;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no server");
    }

    pub(crate) fn store(&self, prefix: &str) -> Store {
        RedisStore::builder(RedisServers::one(&self.1)).key([1; 32]).prefix(prefix).build().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What the server is.
pub(crate) async fn version(connection: &mut Connection) -> String {
    let info: String = redis::cmd("INFO").arg("server").query_async(connection).await.unwrap();
    let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).map(str::to_owned);
    match field("valkey_version:") {
        Some(version) => format!("Valkey {version}"),
        None => format!("Redis {}", field("redis_version:").unwrap_or_default()),
    }
}

/// Subscriptions to the channels of the stores with a prefix: of those processes, and of nobody else.
pub(crate) async fn subscriptions(connection: &mut Connection, prefix: &str) -> usize {
    let mut channels = redis::cmd("PUBSUB");
    let channels: Vec<String> =
        channels.arg("CHANNELS").arg(format!("{prefix}:w:*")).query_async(connection).await.unwrap();
    let mut numbers = redis::cmd("PUBSUB");
    let numbers: Vec<(String, usize)> = numbers.arg("NUMSUB").arg(channels).query_async(connection).await.unwrap();
    numbers.into_iter().map(|(_, number)| number).sum()
}

/// Seconds of a processor that the server has used.
pub(crate) async fn server_cpu(connection: &mut Connection) -> f64 {
    let info: String = redis::cmd("INFO").arg("cpu").query_async(connection).await.unwrap();
    let field = |name: &str| -> Option<f64> {
        info.lines().find_map(|line| line.strip_prefix(name)).and_then(|text| text.trim().parse().ok())
    };
    ["used_cpu_user:", "used_cpu_sys:"].into_iter().filter_map(field).sum()
}

/// Has the server take a place on one account, and give it back, so many times: what of each login is done on the node of
/// its tenant, and cannot be spread. Ten thousand others are on it.
pub(crate) async fn places(connection: &mut Connection, times: usize) {
    const COMMON: &str = include_str!("../../src/redis/scripts/common.lua");
    const RESERVE: &str = include_str!("../../src/redis/scripts/reserve.lua");
    const RELEASE: &str = include_str!("../../src/redis/scripts/release.lua");
    let [reserve, release] = [RESERVE, RELEASE].map(|script| format!("{COMMON}{script}"));
    let mut names = Vec::new();
    for script in [&reserve, &release] {
        let name: String = redis::cmd("SCRIPT").arg("LOAD").arg(script).query_async(connection).await.unwrap();
        names.push(name);
    }
    for batch in 0..times.div_ceil(100) {
        let mut pipeline = redis::pipe();
        for at in batch * 100..((batch + 1) * 100).min(times) {
            for (turn, name) in names.iter().enumerate() {
                // The first ten thousand stay.
                if turn == 1 && at < 10_000 {
                    continue;
                }
                pipeline.cmd("EVALSHA").arg(name).arg(1).arg("places").arg(format!("{at:08}")).arg(7_200_000).arg("");
            }
        }
        let () = pipeline.ignore().query_async(connection).await.unwrap();
    }
}

/// Bytes of the keys with a prefix, divided by how many sessions there are.
pub(crate) async fn bytes(connection: &mut Connection, prefix: &str, sessions: usize) -> f64 {
    let keys: Vec<String> = redis::cmd("KEYS").arg(format!("{prefix}:*")).query_async(connection).await.unwrap();
    let mut sum = 0_usize;
    for keys in keys.chunks(1000) {
        let mut pipeline = redis::pipe();
        for key in keys {
            pipeline.cmd("MEMORY").arg("USAGE").arg(key).arg("SAMPLES").arg(0);
        }
        let sizes: Vec<Option<usize>> = pipeline.query_async(connection).await.unwrap();
        sum += sizes.into_iter().flatten().sum::<usize>();
    }
    sum as f64 / sessions as f64
}
