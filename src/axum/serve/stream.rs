//! `Stream`: the socket of a connection, which notes when a head begins, and gives back what was read too early.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::seat::Seat;

/// A socket, and what is read before anything from it.
pub(super) struct Stream {
    socket: TcpStream,
    seat: Arc<Seat>,
    before: Bytes,
    /// The turns when it was last read.
    seen: usize,
    /// Whether a part of a head has been read since.
    begun: bool,
}

impl Stream {
    pub(super) fn new(socket: TcpStream, seat: Arc<Seat>) -> Self {
        Self { socket, seen: seat.turns(), seat, before: Bytes::new(), begun: false }
    }

    /// Has this read before anything else.
    pub(super) fn give_back(&mut self, read: Bytes) {
        self.before = read;
    }

    /// Ready when the client has closed its side. A client that sends on is not looked at any more.
    pub(super) fn poll_closed(&self, sends: &mut bool, cx: &mut Context<'_>) -> Poll<()> {
        let mut byte = [0];
        if *sends {
            return Poll::Pending;
        }
        match self.socket.poll_peek(cx, &mut ReadBuf::new(&mut byte)) {
            Poll::Ready(Ok(0) | Err(_)) => Poll::Ready(()),
            Poll::Ready(Ok(_)) => {
                *sends = true;
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.before.is_empty() {
            let length = this.before.len().min(buf.remaining());
            buf.put_slice(&this.before.split_to(length));
            return Poll::Ready(Ok(()));
        }
        let filled = buf.filled().len();
        let read = Pin::new(&mut this.socket).poll_read(cx, buf);
        let turns = this.seat.turns();
        if this.seen != turns {
            (this.seen, this.begun) = (turns, false);
        }
        // What comes during an answer is a body, or a request that waits its turn.
        if turns.is_multiple_of(2) {
            match read {
                // Most heads come whole; for them no clock is read.
                Poll::Pending if this.begun => this.seat.begin_head(),
                Poll::Ready(_) => this.begun |= buf.filled().len() > filled,
                Poll::Pending => {}
            }
        }
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // hyper flushes when it has written all that it has.
        self.seat.flushed();
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
