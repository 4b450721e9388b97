//! What a login that is refused leaves behind: nothing, although its context panics as it goes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{InitiateError, LoginOptions, SessionStore};

struct Spiteful;

impl Drop for Spiteful {
    fn drop(&mut self) {
        panic!("a context that panics, on purpose");
    }
}

#[test]
fn a_refused_login_whose_context_panics_leaves_nothing_behind() {
    let builder = SessionStore::<u32, Spiteful>::builder().max_sessions(1).max_sessions_per_tenant(1);
    let store = builder.build().unwrap();
    let first = store.initiate().unwrap();
    let tenant = store.for_tenant("one");
    for _ in 0..3 {
        let login = LoginOptions::new().user_code().context(Spiteful);
        // Whether the panic goes further is another matter.
        let refused = catch_unwind(AssertUnwindSafe(|| tenant.initiate_with(login)));
        assert!(matches!(refused, Err(_) | Ok(Err(InitiateError::Full { .. }))));
        assert_eq!(store.shared.table.user_codes.len(), 0, "its user code is free again");
    }
    store.deny(&first.login_code).unwrap();
    tenant.initiate().unwrap();
    store.shared.table.sweep(crate::clock::Tick::MAX);
    drop(tenant);
    assert_eq!(store.shared.tenants.count(), 1, "so is the tenant");
}
