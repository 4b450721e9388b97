//! The command line.

pub const USAGE: &str = "\
Measures counterfoil beside its peers and writes BENCHMARKS.md.

  --quick             small sizes, to see that it all works; writes to target/quick and leaves BENCHMARKS.md alone
  --only PART         one of speed, stalls, memory, sweep, http, answer, redis (repeatable); the other result files stay
  --rounds N          instead of 7 rounds for speed and 5 for the rest
  --cpu-time          one thread's work by its processor time, for a machine that is busy with other things
  --skip-http         without the HTTP servers (they need wrk)
  --skip-redis        without the engine over Redis (it needs redis-server)
  --report-only       writes the report from the result files there are
";

pub const PARTS: [&str; 7] = ["speed", "stalls", "memory", "sweep", "http", "answer", "redis"];

#[derive(Debug, Default)]
pub struct Args {
    pub quick: bool,
    pub report_only: bool,
    pub skip_http: bool,
    pub skip_redis: bool,
    pub cpu_time: bool,
    pub rounds: Option<usize>,
    only: Vec<String>,
    /// What a child process is to do.
    pub child: Vec<String>,
}

impl Args {
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self::default();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" => parsed.quick = true,
                "--report-only" => parsed.report_only = true,
                "--cpu-time" => parsed.cpu_time = true,
                "--skip-http" => parsed.skip_http = true,
                "--skip-redis" => parsed.skip_redis = true,
                "--rounds" => {
                    let rounds = args.next().and_then(|rounds| rounds.parse().ok()).filter(|rounds| *rounds > 0);
                    parsed.rounds = Some(rounds.ok_or("--rounds needs a number")?);
                }
                "--only" => {
                    let part = args.next().filter(|part| PARTS.contains(&part.as_str()));
                    parsed.only.push(part.ok_or_else(|| format!("--only needs one of {}", PARTS.join(", ")))?);
                }
                "--child" => parsed.child = args.by_ref().collect(),
                other => return Err(format!("{other}?\n\n{USAGE}")),
            }
        }
        Ok(parsed)
    }

    pub fn wants(&self, part: &str) -> bool {
        let named = self.only.is_empty() || self.only.iter().any(|only| only == part);
        let skipped = (["http", "answer"].contains(&part) && self.skip_http) || (part == "redis" && self.skip_redis);
        named && !self.report_only && !skipped
    }
}
