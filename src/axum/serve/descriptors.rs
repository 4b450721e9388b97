//! How many connections the process has room for: its limit on open files.

/// Room for everything else that a process opens: files, connections to databases.
const RESERVED: u64 = 64;
/// More connections than this are not worth the memory that they take.
#[cfg(unix)]
const MOST: u64 = 100_000;
/// If there is no such limit.
#[cfg(not(unix))]
const FIXED: u64 = 10_000;

/// Raises the soft limit on open files to what is needed, if the hard limit allows that. Returns the number of
/// connections that there is room for: seven eighths of the files, and never fewer than one.
pub(super) fn connections() -> usize {
    #[cfg(unix)]
    let files = rlimit::increase_nofile_limit(MOST + MOST / 7 + RESERVED).unwrap_or(1024);
    #[cfg(not(unix))]
    let files = FIXED + FIXED / 7 + RESERVED;
    room(files)
}

fn room(files: u64) -> usize {
    let room = files.saturating_sub(RESERVED) / 8 * 7;
    usize::try_from(room).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_files_are_left_for_the_rest_of_the_process() {
        assert_eq!(room(0), 1);
        assert_eq!(room(64), 1);
        assert_eq!(room(1024), 840);
        assert_eq!(room(4096), 3528);
    }

    /// Says to the test below that it is the child.
    #[cfg(unix)]
    const CHILD: &str = "COUNTERFOIL_TEST_OF_THE_LIMIT";

    /// Of a process of its own, since the limit is the whole process's.
    #[cfg(unix)]
    #[test]
    fn a_low_limit_is_raised_as_far_as_it_may_be() {
        use rlimit::Resource;

        let (_, hard) = Resource::NOFILE.get().unwrap();
        if std::env::var_os(CHILD).is_some() {
            Resource::NOFILE.set(1024.min(hard), hard).unwrap();
            let connections = connections();
            assert_eq!(connections, room(hard.min(MOST + MOST / 7 + RESERVED)), "of {hard}");
            return;
        }
        assert!(hard > 1024, "the hard limit on open files is {hard}: it leaves nothing to raise");
        let test = "axum::serve::descriptors::tests::a_low_limit_is_raised_as_far_as_it_may_be";
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        let output = child.args(["--exact", test, "--nocapture"]).env(CHILD, "1").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
}
