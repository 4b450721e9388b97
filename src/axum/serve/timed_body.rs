//! `TimedBody`: the body of a request, with a limit on each pause in it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
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
    /// A frame that came when the body was asked for.
    first: Poll<Option<io::Result<Frame<Bytes>>>>,
}

impl TimedBody {
    pub(super) fn new(body: Incoming, pause: Duration, seat: Arc<Seat>) -> Self {
        seat.set_whole(body.is_end_stream());
        Self { body, pause, timer: None, turn: seat.turns(), seat, first: Poll::Pending }
    }

    /// Asks for the body, as polling it does. hyper reads it only then, and finds most bodies beside their heads; if it is
    /// asked by the handler, it has to be polled once more for that.
    pub(super) fn ask(&mut self) {
        if !self.body.is_end_stream() {
            self.first = self.poll_body(&mut Context::from_waker(Waker::noop()));
        }
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if (frame.is_none() || self.body.is_end_stream()) && self.seat.turns() == self.turn {
            self.seat.set_whole(true);
        }
        Poll::Ready(frame.map(|frame| frame.map_err(io::Error::other)))
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
        if let Poll::Ready(first) = std::mem::replace(&mut this.first, Poll::Pending) {
            return Poll::Ready(first);
        }
        let frame = match this.poll_body(cx) {
            Poll::Ready(frame) => frame,
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
