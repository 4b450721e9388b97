//! Bytes of a session in each of its states.

use counterfoil::{Backend, Binding, Details, LoginOptions, Requester};

use crate::server::{Connection, Store, bytes};
use crate::{approve, collect};

/// As a program begins it that needs no more than the codes.
pub(crate) fn bare(_: u32) -> LoginOptions<()> {
    LoginOptions::new()
}

/// As the RFC 8628 dialect begins it: with a user code, who asks for what, a binding, and a source. Each is of a network of
/// its own, so that none shares the accounts of another.
pub(crate) fn device(at: u32) -> LoginOptions<()> {
    let address = [10 + (at >> 16) as u8, (at >> 8) as u8, at as u8, 9];
    let requester = Requester::new().address(address.into()).agent("acme-cli/1.4.2 (linux; x86_64)").name("Acme CLI");
    let details = Details::new().client("internal").scope("read write").requester(requester);
    LoginOptions::new().user_code().source(address).details(details).binding(Binding::new([7; 32]))
}

/// Bytes a session: pending, completed, remembered.
pub(crate) async fn sized(
    store: &Store,
    connection: &mut Connection,
    prefix: &str,
    count: usize,
    options: fn(u32) -> LoginOptions<()>,
) -> [f64; 3] {
    let mut logins = Vec::with_capacity(count);
    for at in 0..count as u32 {
        logins.push(store.initiate(options(at)).await.unwrap());
    }
    let pending = bytes(connection, prefix, count).await;
    for login in &logins {
        approve(store, login).await;
    }
    let completed = bytes(connection, prefix, count).await;
    let binding = options(0).binding;
    for login in &logins {
        collect(store, login, binding.clone()).await;
    }
    [pending, completed, bytes(connection, prefix, count).await]
}
