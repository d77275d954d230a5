//! Where and when the figures were taken: a number without its machine is no number.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::time::SystemTime;

/// The machine, as /proc tells it.
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub kernel: String,
    /// Running tasks over the last minute, when the run began.
    pub load: f64,
}

impl Machine {
    pub fn look() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let cpu = read("/proc/cpuinfo")
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or_else(
                || std::env::consts::ARCH.to_owned(),
                |(_, name)| name.to_owned(),
            );
        let load = read("/proc/loadavg");
        Self {
            cpu,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: load
                .split(' ')
                .next()
                .and_then(|load| load.parse().ok())
                .unwrap_or(0.0),
        }
    }

    /// Why its figures would say more about its other work than about this.
    pub fn too_busy(&self) -> Option<String> {
        let most = 0.5 * self.cores as f64;
        (self.load > most).then(|| {
            format!(
                "the load is {} on {} cores (at most {most} for figures that are kept): wait until `uptime` says so, or --force",
                self.load, self.cores
            )
        })
    }
}

/// Today, `2026-01-31`, in UTC.
pub fn today() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let days = since.map_or(0, |since| since.as_secs() / 86_400) as i64;
    // Howard Hinnant, "chrono-compatible low-level date algorithms": civil_from_days, for days after 1970.
    let z = days + 719_468;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (
        doy - (153 * mp + 2) / 5 + 1,
        if mp < 10 { mp + 3 } else { mp - 9 },
    );
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}
