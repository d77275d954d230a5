//! pt-query-digest, as Debian has it: what most people read a slow log with.
//!
//! It is run as they run it, with its report, and without a look for newer versions of itself. Its start, which takes a tenth of a second, is
//! counted: it is a hundredth of what it takes for the tenth of the log that it is given.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use measure::Run;

/// One that is there.
#[derive(Debug)]
pub struct Rival;

/// Looks for it. A quick run goes without: it is a debug build of ours that it would be compared with.
///
/// # Errors
/// It is not on the PATH, and this run needs it.
pub fn find(run: &mut Run) -> Result<Option<Rival>, String> {
    // A quick run's ten are one.
    if run.times(10) == 1 {
        run.part("in short: without pt-query-digest");
        return Ok(None);
    }
    let version = Command::new("pt-query-digest").arg("--version").output();
    let missing = "pt-query-digest is not on the PATH, and the comparison needs it: apt-get install percona-toolkit";
    let version = version.map_err(|_| missing.to_owned())?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    run.service("pt-query-digest", version.replace("pt-query-digest ", ""));
    Ok(Some(Rival))
}

impl Rival {
    fn start(&self, log: &Path) -> std::io::Result<Child> {
        Command::new("pt-query-digest")
            .args(["--no-version-check", "--limit", "20"])
            .arg(log)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
    }

    /// Reads a log and writes its report; gives the most memory that it had, in bytes.
    pub fn digest(&self, log: &Path) -> std::io::Result<u64> {
        let mut child = self.start(log)?;
        let mut report = Vec::new();
        let mut first = [0; 1];
        let mut peak = 0;
        if let Some(mut stdout) = child.stdout.take() {
            // Its report begins when all is read: by then it has had the most that it ever has.
            stdout.read_exact(&mut first)?;
            peak = crate::memory::peak(&child.id().to_string()).unwrap_or(0);
            stdout.read_to_end(&mut report)?;
        }
        let status = child.wait()?;
        if !status.success() || report.is_empty() {
            return Err(std::io::Error::other(format!("pt-query-digest: {status}")));
        }
        Ok(peak)
    }
}
