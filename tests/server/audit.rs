//! The example server's audit log.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;

use crate::program::{server, text};
use serde_json::{Value, json};

const KEY: &str = "pck-that-must-not-show";

#[test]
fn each_event_is_a_line_without_a_secret() {
    let path = std::env::temp_dir().join(format!("counterfoil-audit-{}.jsonl", std::process::id()));
    let args = ["--listen", "127.0.0.1:0", "--max-sessions-per-source", "1", "--publishable-client-key", KEY];
    let mut child = server("warn", &args).arg("--audit-log").arg(&path).spawn().unwrap();
    let mut first = String::new();
    let mut printed = BufReader::new(child.stdout.take().unwrap());
    printed.read_line(&mut first).unwrap();
    let address = first.strip_prefix("listening on http://").unwrap().trim().to_owned();
    let ask = || {
        let mut stream = TcpStream::connect(&address).unwrap();
        let headers = format!(
            "host: x\r\nconnection: close\r\nx-stack-project-id: internal\r\nx-stack-publishable-client-key: {KEY}\r\n\
             content-type: application/json\r\ncontent-length: 2\r\n"
        );
        stream.write_all(format!("POST /api/v1/auth/cli HTTP/1.1\r\n{headers}\r\n{{}}").as_bytes()).unwrap();
        text(stream)
    };
    let answer = ask();
    let begun: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert!(ask().starts_with("HTTP/1.1 429"));
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert!(child.wait().unwrap().success());

    let log = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    for secret in [KEY, begun["polling_code"].as_str().unwrap(), begun["login_code"].as_str().unwrap()] {
        assert!(!log.contains(secret), "{log}");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |line: &Value, name: &str| line[name].clone();
    assert_eq!(lines.iter().map(|line| of(line, "event")).collect::<Vec<_>>(), ["begun", "budget_exhausted"], "{log}");
    for line in &lines {
        assert_eq!((of(line, "source"), of(line, "tenant")), (json!("127.0.0.1"), json!("internal")));
    }
    assert_eq!((lines[0]["session"].as_str().unwrap().len(), &lines[1]["session"]), (16, &Value::Null));
}
