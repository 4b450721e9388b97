//! The whole flow of a command-line login in one file: two threads, no HTTP.
//!
//! `cargo run --example login`
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use counterfoil::{LoginCode, Polled, Secret, SessionStore};

fn main() -> Result<(), Box<dyn Error>> {
    // The server has one store, for all its threads and all its life. The grant is a token here; it may be any type.
    let store: SessionStore<Secret> = SessionStore::builder().ttl(Duration::from_secs(600)).build()?;
    // A sweeper wipes grants that were not collected, and makes their slots free.
    let _sweeper = store.spawn_sweeper(Duration::from_secs(1))?;

    // 1. The command-line tool asks the server to begin a login. It keeps the polling code, and opens the browser at an
    //    address that carries the login code.
    let login = store.initiate()?;
    let (address_bar, browser_opens) = mpsc::channel::<String>();
    address_bar.send(login.login_code.expose().to_string())?;
    println!("tool:    opened the browser, expires in {:?}", login.expires_in);

    // 2. In the browser, the user signs in and approves. The server reads the login code from the page's form, and
    //    hands over what the tool is to get.
    let server = store.clone();
    let browser = thread::spawn(move || -> Result<(), Box<dyn Error + Send + Sync>> {
        let code = LoginCode::parse(&browser_opens.recv()?)?;
        thread::sleep(Duration::from_millis(300));
        let shown = server.inspect(&code).ok_or("no such login")?;
        println!("browser: {:?}, {:?} left; approving", shown.state, shown.remaining);
        server.complete(&code, Secret::new("a-refresh-token"))?;
        Ok(())
    });

    // 3. Meanwhile the tool polls, until there is something else than *pending*.
    let token = loop {
        match store.poll(&login.polling_code) {
            Polled::Pending { .. } => {
                println!("tool:    pending");
                thread::sleep(Duration::from_millis(100));
            }
            Polled::Completed(token) => break token,
            other => return Err(format!("the login ended as {other:?}").into()),
        }
    };
    println!("tool:    completed, a token of {} characters", token.expose().len());

    // 4. It was handed out once.
    println!("tool:    polling again: {:?}", store.poll(&login.polling_code));
    browser.join().map_err(|_| "the browser's thread panicked")?.map_err(|error| error.to_string())?;
    Ok(())
}
