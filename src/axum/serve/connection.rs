//! One connection, for as long as it may last.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use hyper::body::Bytes;
use hyper::server::conn::http1::{self, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until};

use super::census::Lease;
use super::desk::Desk;
use super::ending::Ending;
use super::limits::Limits;
use super::seat::Seat;
use super::seldom::Seldom;
use super::stream::Stream;
use super::told::{self, Opened};

/// A time that is never reached.
const NEVER: Duration = Duration::from_secs(60 * 60 * 24 * 365);
/// As often, at most, is a connection looked at for limits that are shorter than this.
const SHORTEST: Duration = Duration::from_millis(1);

/// Serves a connection until it is closed, by either side.
pub(super) async fn connection(
    socket: TcpStream,
    peer: SocketAddr,
    lease: Lease,
    app: Router,
    limits: Arc<Limits>,
    ending: Ending,
) {
    let _open = Opened::new();
    let _ = socket.set_nodelay(true);
    let seat = &*lease.seat;
    let desk = Desk::new(app, peer, limits.body_pause, lease.seat.clone());
    let mut served = pin!(serve(Stream::new(socket, lease.seat.clone()), desk, seat));
    let over = pin!(over(seat, &limits, ending));
    let mut over = Seldom::new(over);
    // What has come is read before it is decided that it took too long.
    poll_fn(|cx| {
        loop {
            let ends = seat.is_ending();
            if served.as_mut().poll(cx).is_ready() || over.poll(cx).is_ready() {
                return Poll::Ready(());
            }
            // That the server ends is for both of them.
            if seat.is_ending() == ends {
                return Poll::Pending;
            }
        }
    })
    .await;
}

/// Serves requests until the client goes, or no more are taken.
async fn serve(mut stream: Stream, mut desk: Desk, seat: &Seat) {
    let aside = desk.aside();
    loop {
        let mut connection = Box::new(hyper(stream, desk));
        let (mut begun, mut ends) = (false, false);
        let closed = poll_fn(|cx| {
            // One that has not read anything is closed by that, with a response that waits to be asked for.
            if std::mem::replace(&mut begun, true) && seat.is_ending() && !std::mem::replace(&mut ends, true) {
                Pin::new(&mut *connection).graceful_shutdown();
            }
            Pin::new(&mut *connection).poll(cx)
        })
        .await;
        let read = {
            let parts = connection.into_parts();
            (stream, desk) = (parts.io.into_inner(), parts.service);
            // Even an empty slice keeps the buffer that it is one of.
            Bytes::copy_from_slice(&parts.read_buf)
        };
        if !aside.is_some() {
            if let Err(error) = closed {
                told::broke(&error);
            }
            return;
        }
        drop(closed);
        let mut sends = !read.is_empty();
        let head = poll_fn(|cx| match aside.poll_done(cx) {
            Poll::Ready(head) => Poll::Ready(Some(head)),
            Poll::Pending => stream.poll_closed(&mut sends, cx).map(|()| None),
        });
        let Some(head) = head.await else { return };
        stream.give_back([head.as_bytes(), &read].concat().into());
    }
}

fn hyper(stream: Stream, desk: Desk) -> Connection<TokioIo<Stream>, Desk> {
    http1::Builder::new()
        // The limits on time are ours.
        .header_read_timeout(None)
        // A client that goes is noticed by `serve`; if hyper is to notice, it takes another buffer for each request.
        .half_close(true)
        // Small responses in one piece.
        .writev(false)
        .max_buf_size(Limits::HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), desk)
}

/// Ready when the connection must not last any longer.
async fn over(seat: &Seat, limits: &Limits, ending: Ending) {
    tokio::select! {
        biased;
        () = seat.called() => {}
        () = overdue(seat, limits) => {}
        () = async {
            ending.announced().await;
            seat.end();
            sleep(limits.drain).await;
        } => {}
    }
}

/// Ready when a client has been waited for too long, or when the connection is too old.
///
/// One timer for all of it, which a request does not set anew: it looks again before anything that has begun meanwhile can
/// have taken too long.
async fn overdue(seat: &Seat, limits: &Limits) {
    let &Limits { header, idle, age, request, .. } = limits;
    let after = |from: Instant, time: Duration| from + time.min(NEVER);
    let old = after(Instant::now(), age);
    // To be closed with its next response: one that is closed at once may have a request on its way. One whose responses
    // are not read goes in the end.
    let end = after(old, idle.saturating_add(request));
    loop {
        let now = Instant::now();
        let patience = seat.patience(header, idle);
        if end <= now || patience.is_some_and(|patience| patience <= now) {
            return;
        }
        let mut next = after(now, header.min(idle).max(SHORTEST));
        if old <= now {
            seat.retire();
            next = next.min(end);
        } else {
            next = next.min(old);
        }
        sleep_until(patience.map_or(next, |patience| patience.min(next))).await;
    }
}
