//! Time limits on what a connection reads: on the head of a request, and on the time between two. hyper has one limit for
//! both, and between two requests a connection may be idle for much longer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::seat::Seat;

/// A stream on which a head must be whole a while after its first byte, and must begin a while after the last answer;
/// else reading fails with [`io::ErrorKind::TimedOut`].
pub(super) struct TimedStream<S> {
    stream: S,
    header: Duration,
    idle: Duration,
    seat: Arc<Seat>,
    /// The turns when they were last looked at.
    seen: usize,
    /// Whether a head has begun.
    begun: bool,
    /// When it must have begun, or be whole.
    deadline: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> TimedStream<S> {
    /// The first head begins now.
    pub(super) fn new(stream: S, header: Duration, idle: Duration, seat: Arc<Seat>) -> Self {
        let deadline = Instant::now() + header;
        Self { stream, header, idle, seen: seat.turns(), seat, begun: true, deadline, timer: None }
    }

    /// Ready when the deadline has passed.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimedStream<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let filled = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        let turns = this.seat.turns();
        // What comes during an answer is a body, or a request that waits its turn.
        if turns % 2 == 1 {
            return read;
        }
        if this.seen != turns {
            (this.seen, this.begun, this.deadline) = (turns, false, Instant::now() + this.idle);
        }
        if read.is_pending() {
            ready!(this.poll_deadline(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if buf.filled().len() > filled {
            let now = Instant::now();
            if !this.begun {
                (this.begun, this.deadline) = (true, now + this.header);
            }
            // A byte at a time does not move the deadline.
            if this.deadline <= now {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, data)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, data)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
