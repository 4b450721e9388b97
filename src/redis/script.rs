//! The scripts: each transition is one of them, known to the server by its digest.

use std::sync::LazyLock;

/// A script and the name that `EVALSHA` knows it by.
pub(super) struct Script {
    pub(super) text: &'static str,
    pub(super) sha: LazyLock<String>,
}

macro_rules! scripts {
    ($($name:ident = $($file:literal)+;)*) => {
        $(pub(super) static $name: Script = {
            const TEXT: &str = concat!(include_str!("scripts/common.lua"), $(include_str!(concat!("scripts/", $file))),+);
            Script { text: TEXT, sha: LazyLock::new(|| sha1_smol::Sha1::from(TEXT).digest().to_string()) }
        };)*
    };
}

scripts! {
    BEGIN = "trim.lua" "begin.lua";
    CLAIM = "claim.lua";
    COMPLETE = "complete.lua";
    CONTEXT = "context.lua";
    END = "end.lua";
    JUDGE = "judge.lua";
    LIST = "list.lua";
    LOOK = "look.lua";
    NAME = "name.lua";
    PACE = "pace.lua";
    REDEEM = "redeem.lua";
    RELEASE = "release.lua";
    RESERVE = "reserve.lua";
    STATS = "trim.lua" "stats.lua";
    WATCH = "watch.lua";
    WITHDRAW = "withdraw.lua";
    WRITES = "writes.lua";
}
