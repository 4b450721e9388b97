//! Accepting connections, to an orderly end.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use parking_lot::Mutex;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

use super::super::server::Network;
use super::census::{Admission, Census, Lease};
use super::connection::connection;
use super::ending::Ending;
use super::limits::Limits;
use super::told;
use super::turned_away::TurnedAway;
use crate::Source;

/// How many new connections the system may queue; it has a limit of its own. A burst that overflows the queue costs
/// everybody's next connection a second or more, until it is sent again.
const QUEUE: i32 = 4096;
/// How long to wait for something to come back that the system is out of.
const AGAIN: Duration = Duration::from_millis(100);
const MINUTE: Duration = Duration::from_secs(60);

/// What accepting a connection needs.
pub(super) struct Listen {
    pub(super) listener: TcpListener,
    pub(super) limits: Arc<Limits>,
    pub(super) census: Arc<Census>,
    pub(super) trusted_proxies: Vec<Network>,
    /// Whether connections have had to wait, and this has been told.
    pub(super) full: AtomicBool,
    /// When it was last told that one was refused.
    pub(super) refused: Mutex<Option<Instant>>,
}

impl Listen {
    /// Serves until `shutdown` is ready. Returns how many connections were cut off.
    pub(super) async fn run(self, shutdown: impl Future<Output = ()>, app: impl FnOnce(Ending) -> Router) -> usize {
        let (announce, ending) = Ending::new();
        let app = app(ending.clone());
        // If it fails, the queue is as long as it was.
        let _ = SockRef::from(&self.listener).listen(QUEUE);
        let turned_away = TurnedAway::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                (stream, peer, lease) = self.next(&turned_away) => {
                    tokio::spawn(connection(stream, peer, lease, app.clone(), self.limits.clone(), ending.clone()));
                }
            }
        }
        let Self { listener, limits, census, .. } = self;
        drop((listener, announce));
        let gone = async {
            while census.count() > 0 {
                census.left().await;
            }
        };
        if timeout(limits.drain, gone).await.is_ok() { 0 } else { census.count() }
    }

    /// Returns the next connection, when there is room for it.
    async fn next(&self, turned_away: &TurnedAway) -> (TcpStream, SocketAddr, Lease) {
        loop {
            let (stream, peer) = self.accept().await;
            let address = peer.ip().to_canonical();
            let trusted = self.trusted_proxies.iter().any(|proxy| proxy.contains(address));
            let source = (!trusted).then(|| Source::from(address));
            let mut waits = false;
            loop {
                match self.census.admit(source) {
                    Admission::Admitted { lease, displaced } => {
                        if displaced > 0 {
                            told::displaced(displaced);
                        }
                        // ORDERING: one task reads and writes it.
                        if !waits {
                            self.full.store(false, Ordering::Relaxed);
                        }
                        return (stream, peer, lease);
                    }
                    Admission::SourceFull => {
                        told::refused(address.into(), self.is_first_of_a_minute());
                        turned_away.turn(stream);
                        break;
                    }
                    Admission::Full => {
                        waits = true;
                        // ORDERING: as above.
                        if !self.full.swap(true, Ordering::Relaxed) {
                            told::full(self.census.count());
                        }
                        // One may begin to wait for its client, too.
                        let _ = timeout(AGAIN, self.census.left()).await;
                    }
                }
            }
        }
    }

    /// Whether no connection has been refused for a minute.
    fn is_first_of_a_minute(&self) -> bool {
        let mut told = self.refused.lock();
        let first = told.is_none_or(|told| told.elapsed() >= MINUTE);
        if first {
            *told = Some(Instant::now());
        }
        first
    }

    async fn accept(&self) -> (TcpStream, SocketAddr) {
        let mut told = false;
        loop {
            match self.listener.accept().await {
                Ok(accepted) => return accepted,
                Err(error) => {
                    if !std::mem::replace(&mut told, true) {
                        told::cannot_accept(&error);
                    }
                    // Out of file descriptors, say.
                    sleep(AGAIN).await;
                }
            }
        }
    }
}
