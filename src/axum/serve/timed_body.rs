//! `TimedBody`: the body of a request, with a limit on each pause in it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};

use super::seat::Seat;

/// A body that fails with [`io::ErrorKind::TimedOut`] after a pause that is too long. While it pauses, its connection
/// waits for the client, and may make room for another.
pub(super) struct TimedBody {
    body: Incoming,
    pause: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    seat: Arc<Seat>,
    /// The turn that the body belongs to. It may be read on after the response, to be discarded.
    turn: usize,
}

impl TimedBody {
    pub(super) fn new(body: Incoming, pause: Duration, seat: Arc<Seat>) -> Self {
        Self { body, pause, timer: None, turn: seat.turns(), seat }
    }

    /// Ends a pause. Returns `false` if the connection has made room meanwhile.
    fn resume(&mut self) -> bool {
        self.timer.take().is_none() || self.seat.turns() != self.turn || self.seat.work()
    }
}

impl Drop for TimedBody {
    fn drop(&mut self) {
        self.resume();
    }
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let frame = match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(frame) => frame.map(|frame| frame.map_err(io::Error::other)),
            Poll::Pending => {
                if this.timer.is_none() && this.seat.turns() == this.turn {
                    this.seat.wait();
                }
                let pause = this.pause;
                ready!(this.timer.get_or_insert_with(|| Box::pin(sleep(pause))).as_mut().poll(cx));
                Some(Err(io::ErrorKind::TimedOut.into()))
            }
        };
        // The connection's own task drops everything in a moment.
        if this.resume() { Poll::Ready(frame) } else { Poll::Pending }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
