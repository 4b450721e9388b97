//! Time limits on what a connection reads: on the head of a request, and on the time between two. hyper has one limit for
//! both, and between two requests a connection may be idle for much longer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use hyper::body::{Bytes, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Counts the beginnings and ends of a connection's requests: odd while one is answered. One task reads and writes it.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<AtomicUsize>);

impl Turns {
    /// The head of a request is there, and its answer begins.
    pub(crate) fn begin(&self) -> Turn {
        self.0.fetch_add(1, Ordering::Relaxed);
        Turn(self.clone())
    }

    fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A request that is answered, until it is dropped.
pub(crate) struct Turn(Turns);

impl Turn {
    /// Lasts as long as the body of the answer.
    pub(crate) fn keep_in(self, answer: Response<Body>) -> Response<Answering> {
        answer.map(|body| Answering { body, _turn: self })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The body of an answer, and the turn that ends with it.
pub(crate) struct Answering {
    body: Body,
    _turn: Turn,
}

impl hyper::body::Body for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream on which a head must be whole a while after its first byte, and must begin a while after the last answer;
/// else reading fails with [`io::ErrorKind::TimedOut`].
pub(crate) struct TimedStream<S> {
    stream: S,
    head: Duration,
    idle: Duration,
    turns: Turns,
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
    pub(crate) fn new(stream: S, head: Duration, idle: Duration, turns: Turns) -> Self {
        let deadline = Instant::now() + head;
        Self { stream, head, idle, seen: turns.now(), turns, begun: true, deadline, timer: None }
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
        let turns = this.turns.now();
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
                (this.begun, this.deadline) = (true, now + this.head);
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
