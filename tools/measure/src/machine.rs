//! Where the figures were taken, and whether that machine had other work: a number without its machine is no number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A machine, as /proc tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Whether it had too much other work for figures that are kept.
    pub busy: bool,
    /// How many tasks it runs at once.
    pub cores: usize,
    /// The processor's name.
    pub cpu: String,
    /// The kernel's version.
    pub kernel: String,
    /// Running tasks over the last minute, before anything was measured; `None` where the system does not say.
    pub load: Option<f64>,
    /// The services that took part, and their versions.
    #[serde(default)]
    pub services: BTreeMap<String, String>,
}

impl Machine {
    /// This machine, now.
    #[must_use]
    pub fn look() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let load = load(&read("/proc/loadavg"));
        Self {
            busy: too_busy(load, cores).is_some(),
            cores,
            cpu: cpu(&read("/proc/cpuinfo")).unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load,
            services: BTreeMap::new(),
        }
    }

    /// Why figures taken now would say more about its other work than about what is measured.
    #[must_use]
    pub fn too_busy(&self) -> Option<String> {
        too_busy(self.load, self.cores)
    }
}

/// Half of the cores may be busy before: then what is measured and its server have one each.
fn too_busy(load: Option<f64>, cores: usize) -> Option<String> {
    let most = cores as f64 / 2.0;
    match load {
        Some(load) if load <= most => None,
        Some(load) => Some(format!(
            "the load is {load} on {cores} cores, and at most {most} for figures that are kept"
        )),
        None => Some("this system does not say how busy it is".to_owned()),
    }
}

fn load(loadavg: &str) -> Option<f64> {
    loadavg.split(' ').next()?.parse().ok()
}

fn cpu(cpuinfo: &str) -> Option<String> {
    let of = |line: &str| {
        let (_, name) = line.strip_prefix("model name")?.split_once(": ")?;
        Some(name.to_owned())
    };
    cpuinfo.lines().find_map(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_cores_may_be_busy() {
        assert_eq!(too_busy(Some(0.0), 2), None);
        assert_eq!(too_busy(Some(1.0), 2), None);
        assert_eq!(too_busy(Some(3.9), 8), None);
        let why = too_busy(Some(1.01), 2).unwrap();
        assert_eq!(
            why,
            "the load is 1.01 on 2 cores, and at most 1 for figures that are kept"
        );
        assert!(too_busy(Some(0.75), 1).is_some());
    }

    #[test]
    fn a_machine_that_does_not_say_is_not_taken_for_idle() {
        assert!(too_busy(None, 8).is_some());
        assert_eq!(load(""), None);
    }

    #[test]
    fn proc_is_read_as_linux_writes_it() {
        assert_eq!(load("0.55 0.76 0.62 1/123 4567\n"), Some(0.55));
        let info = "processor\t: 0\nmodel name\t: AMD EPYC\nmodel name\t: AMD EPYC\n";
        assert_eq!(cpu(info).as_deref(), Some("AMD EPYC"));
        assert_eq!(cpu("Hardware\t: BCM2835\n"), None);
    }
}
