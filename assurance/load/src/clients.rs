//! The kinds of clients.

use std::io::Write;
use std::net::Ipv4Addr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::World;
use crate::connection::{Answer, Connection, Lost, connect};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Logs in, on any of the servers, and repeats what was lost.
    Honest,
    /// Polls without a pause.
    Impatient,
    /// Is approved, and never asks again.
    Vanishing,
    /// Guesses user codes and polling codes.
    Thief,
    /// Begins a request, and says no more.
    HalfOpen,
    /// Begins logins as fast as it can.
    Flood,
}

/// For how long an honest client asks again, when answers are lost.
const PATIENCE: Duration = Duration::from_secs(40);
/// For how long the server keeps a grant for the attempt that took it.
const GRACE: Duration = Duration::from_secs(10);

impl Kind {
    pub fn named(name: &str) -> Self {
        match name {
            "honest" => Self::Honest,
            "impatient" => Self::Impatient,
            "vanishing" => Self::Vanishing,
            "thief" => Self::Thief,
            "halfopen" => Self::HalfOpen,
            "flood" => Self::Flood,
            other => panic!("no such client: {other}"),
        }
    }
}

pub fn run(kind: Kind, number: u32, world: &World) {
    // Each has an address of its own; 127.0.0.1 is the servers'.
    let from = Ipv4Addr::new(127, 1, (number >> 8) as u8, number as u8);
    if kind == Kind::HalfOpen {
        return half_open(from, world);
    }
    let connections = world.servers.iter().map(|to| Connection::new(from, *to)).collect();
    let mut client = Client { world, connections, random: u64::from(number) << 32 | 0x9e37_79b9, kind };
    while Instant::now() < world.end {
        match kind {
            Kind::Honest | Kind::Impatient | Kind::Vanishing => client.login(),
            Kind::Thief => client.guess(),
            Kind::Flood => {
                if let Ok(answer) = client.begin() {
                    world.ledger.count(&format!("flood {}", answer.status));
                }
            }
            Kind::HalfOpen => {}
        }
    }
}

/// Keeps twenty connections, on which requests have begun.
fn half_open(from: Ipv4Addr, world: &World) {
    let mut open = std::collections::VecDeque::new();
    let mut at = 0;
    while Instant::now() < world.end {
        at += 1;
        let to = world.servers[at % world.servers.len()];
        if let Ok(mut stream) = connect(from, to) {
            let _ = stream.write_all(b"POST /api/v1/auth/cli/poll HTTP/1.1\r\nhost: a\r\ncontent-length: 50\r\n");
            if at.is_multiple_of(2) {
                let _ = stream.write_all(b"\r\n{\"polling");
            }
            world.ledger.count("half-open connections");
            open.push_back(stream);
        }
        if open.len() > 20 {
            open.pop_front();
        }
        sleep(Duration::from_millis(100));
    }
}

struct Client<'a> {
    world: &'a World,
    connections: Vec<Connection>,
    random: u64,
    kind: Kind,
}

impl Client<'_> {
    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % bound
    }

    /// Asks any of the servers.
    fn ask(&mut self, path: &str, more: &str, body: &str) -> Result<Answer, Lost> {
        let headers = format!(
            "content-type: application/json\r\nx-stack-project-id: internal\r\nx-stack-secret-server-key: {}\r\n{more}",
            self.world.key
        );
        let server = self.below(self.connections.len() as u64) as usize;
        let answer = self.connections[server].ask("POST", path, &headers, body);
        match &answer {
            Ok(answer) if answer.status >= 500 => self.world.ledger.count(&format!("answers {}", answer.status)),
            Ok(_) => self.world.ledger.count("answers"),
            Err(Lost) => {
                self.world.ledger.count("answers lost");
                sleep(Duration::from_millis(50));
            }
        }
        answer
    }

    fn timed(&mut self, verb: usize, path: &str, more: &str, body: &str) -> Result<Answer, Lost> {
        let start = Instant::now();
        let answer = self.ask(path, more, body)?;
        self.world.ledger.took(verb, start.elapsed());
        Ok(answer)
    }

    fn begin(&mut self) -> Result<Answer, Lost> {
        let ttl =
            if self.kind == Kind::Flood { "{\"expires_in_millis\":2000}" } else { "{\"expires_in_millis\":120000}" };
        self.timed(0, "/api/v1/auth/cli", "", ttl)
    }

    fn poll(&mut self, polling: &str, attempt: u64) -> Result<Answer, Lost> {
        let key = format!("idempotency-key: {attempt:032x}\r\n");
        self.timed(1, "/api/v1/auth/cli/poll", &key, &format!("{{\"polling_code\":\"{polling}\"}}"))
    }

    /// Whether it was approved: `None` if the answer was lost, or is that of a repetition.
    fn approve(&mut self, login: &str) -> Option<bool> {
        let body = format!("{{\"login_code\":\"{login}\",\"refresh_token\":\"{}\"}}", self.world.token);
        let start = Instant::now();
        let mut lost = false;
        while start.elapsed() < PATIENCE {
            match self.timed(2, "/api/v1/auth/cli/complete", "", &body) {
                Ok(answer) if answer.status == 200 => return Some(true),
                Ok(answer) if answer.status < 500 && !lost => {
                    self.world
                        .ledger
                        .broken(format!("a pending login was not approved: {} {}", answer.status, answer.body));
                    return Some(false);
                }
                Ok(answer) if answer.status < 500 => return None,
                // It may have been done.
                Ok(_) | Err(Lost) => lost = true,
            }
            sleep(Duration::from_millis(100));
        }
        None
    }

    fn login(&mut self) {
        let Ok(begun) = self.begin() else { return };
        let (Some(polling), Some(login)) = (begun.text("polling_code"), begun.text("login_code")) else {
            self.world.ledger.count(&format!("logins refused {}", begun.status));
            sleep(Duration::from_millis(100));
            return;
        };
        self.world.ledger.count("logins begun");
        let attempt = self.below(u64::MAX);
        let before = if self.kind == Kind::Impatient { 20 } else { 1 };
        for _ in 0..before {
            if let Ok(answer) = self.poll(&polling, attempt)
                && answer.status == 200
            {
                self.world.ledger.broken("a grant before the approval".to_owned());
            }
        }
        let approved = self.approve(&login);
        if approved == Some(true) {
            self.world.ledger.count("logins approved");
        }
        if self.kind == Kind::Vanishing {
            return self.world.ledger.count("logins left behind");
        }
        self.collect(&polling, attempt, approved);
    }

    fn collect(&mut self, polling: &str, attempt: u64, approved: Option<bool>) {
        let ledger = &self.world.ledger;
        let start = Instant::now();
        let mut first_lost = None;
        while start.elapsed() < PATIENCE {
            match self.poll(polling, attempt) {
                Ok(answer) if answer.status == 200 => {
                    if approved == Some(false) || answer.text("refresh_token").as_deref() != Some(&self.world.token) {
                        ledger.broken(format!("a grant that was not approved: {}", answer.body));
                    }
                    ledger.count("grants collected");
                    return self.again(polling);
                }
                Ok(answer) if answer.status == 201 => {
                    if approved == Some(true) {
                        ledger.broken("pending after its approval".to_owned());
                        return;
                    }
                    // The approval may have been lost with its answer.
                    ledger.count("approvals lost with their answer");
                    return;
                }
                Ok(answer) if answer.status < 500 => {
                    let late = first_lost.is_some_and(|lost: Instant| lost.elapsed() > GRACE);
                    if late || approved.is_none() {
                        ledger.count("grants lost with an answer, asked for again after ten seconds");
                    } else {
                        ledger.broken(format!("a grant was lost: {} {}", answer.status, answer.body));
                    }
                    return;
                }
                Ok(_) | Err(Lost) => first_lost = first_lost.or(Some(Instant::now())),
            }
            sleep(Duration::from_millis(100));
        }
        ledger.count("logins given up, since no server answered");
    }

    /// Once it is used, no client gets it again.
    fn again(&mut self, polling: &str) {
        for _ in 0..2 {
            let other = self.below(u64::MAX);
            if let Ok(answer) = self.poll(polling, other)
                && answer.status < 300
            {
                self.world.ledger.broken(format!("a grant was given twice: {}", answer.status));
            }
        }
    }

    fn guess(&mut self) {
        const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
        let code: String = (0..8).map(|_| char::from(LETTERS[self.below(20) as usize])).collect();
        let server = self.below(self.connections.len() as u64) as usize;
        if let Ok(answer) = self.connections[server].ask("GET", &format!("/device?user_code={code}"), "", "") {
            self.world.ledger.count(&format!("guesses of user codes {}", answer.status));
            if answer.status == 200 {
                self.world.ledger.broken("a thief guessed a user code".to_owned());
            }
        }
        let code: String =
            (0..40).map(|_| char::from(b"abcdefghijklmnopqrstuvwxyz234567"[self.below(32) as usize])).collect();
        if let Ok(answer) = self.poll(&code, 1)
            && answer.status < 300
        {
            self.world.ledger.broken("a thief guessed a polling code".to_owned());
        }
        sleep(Duration::from_millis(5));
    }
}
