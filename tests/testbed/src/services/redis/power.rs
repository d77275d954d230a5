//! A power cut, imitated: after a SIGKILL, the append-only file is cut back to what the disk had.
//!
//! SIGKILL alone loses nothing that the kernel has taken, so no setting of `appendfsync` would ever show a loss.
//! What was really forced to the disk cannot be seen from outside; what the setting promises can be, and that is
//! what is kept. A thread and not a task samples the size: a test's runtime may have one thread and be busy.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::field;
use crate::error::Error;
use crate::server::Instance;

const INTERVAL: Duration = Duration::from_millis(50);

/// Since Redis 7: a directory with a base, increments, and a manifest that names them in order.
const DIRECTORY: &str = "appendonlydir";

/// What a power cut took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PowerCut {
    /// Bytes of the append-only file that were written and are lost.
    pub lost_bytes: u64,
    /// How long before the end the disk had everything.
    pub lost_time: Duration,
}

impl PowerCut {
    pub(super) fn nothing() -> Self {
        Self {
            lost_bytes: 0,
            lost_time: Duration::ZERO,
        }
    }
}

/// Cuts the file of a killed server back to what it was at `synced`.
pub(super) async fn cut(
    instance: &Instance,
    sampler: &Sampler,
    synced: Instant,
    died: Instant,
) -> Result<PowerCut, Error> {
    let Some((at, kept)) = sampler.last_before(synced) else {
        return Err(Error::State(format!(
            "a power cut {:.1?} ago is before the server started",
            died - synced
        )));
    };
    let files = instance.file_sizes(DIRECTORY).await?;
    let newest = files
        .iter()
        .filter_map(|(name, size)| Some((increment(name)?, name, *size)))
        .max();
    let Some((_, name, written)) = newest else {
        return Err(Error::State(format!("no append-only file in {files:?}")));
    };
    let kept = kept.min(written);
    instance
        .truncate(&format!("{DIRECTORY}/{name}"), kept)
        .await?;
    Ok(PowerCut {
        lost_bytes: written - kept,
        lost_time: died - at,
    })
}

/// The number of an increment: `appendonly.aof.2.incr.aof` has 2.
fn increment(name: &str) -> Option<u64> {
    name.strip_suffix(".incr.aof")?
        .rsplit_once('.')?
        .1
        .parse()
        .ok()
}

/// When the newest increment of the append-only file had which length, in order.
type Samples = Arc<Mutex<Vec<(Instant, u64)>>>;

/// Notes how long the append-only file is, from its start until it is dropped or its server is gone.
#[derive(Debug)]
pub(super) struct Sampler {
    samples: Samples,
    stream: TcpStream,
}

impl Sampler {
    pub(super) fn start(addr: SocketAddr) -> Result<Self, Error> {
        let failed =
            |error: io::Error| Error::State(format!("cannot watch the append-only file: {error}"));
        let stream = TcpStream::connect(addr).map_err(failed)?;
        let mut theirs = BufReader::new(stream.try_clone().map_err(failed)?);
        let samples = Samples::default();
        note(&samples, sample(&mut theirs).map_err(failed)?);
        let noted = Arc::clone(&samples);
        std::thread::spawn(move || {
            while let Ok(size) = sample(&mut theirs) {
                note(&noted, size);
                std::thread::sleep(INTERVAL);
            }
        });
        Ok(Self { samples, stream })
    }

    /// Notes what INFO has just said, and when: a moment to which a cut goes back exactly.
    pub(super) fn mark(&self, info: &str) -> Result<Instant, Error> {
        let size = file_length(info)
            .ok_or_else(|| Error::State(format!("no append-only file in INFO: {info}")))?;
        Ok(note(&self.samples, size))
    }

    /// The last sample that was complete at `moment`: the file was at least that long.
    fn last_before(&self, moment: Instant) -> Option<(Instant, u64)> {
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        samples.iter().rev().find(|(at, _)| *at <= moment).copied()
    }
}

fn note(samples: &Samples, size: u64) -> Instant {
    let mut samples = samples.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    samples.push((now, size));
    now
}

impl Drop for Sampler {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// One question in Redis's own protocol.
fn sample(connection: &mut BufReader<TcpStream>) -> io::Result<u64> {
    connection.get_mut().write_all(b"INFO persistence\r\n")?;
    let mut header = String::new();
    connection.read_line(&mut header)?;
    let odd = || io::Error::other(format!("odd answer to INFO: {header:?}"));
    let length: usize = header
        .strip_prefix('$')
        .and_then(|length| length.trim().parse().ok())
        .ok_or_else(odd)?;
    let mut info = vec![0; length + 2];
    connection.read_exact(&mut info)?;
    file_length(&String::from_utf8_lossy(&info)).ok_or_else(odd)
}

/// The base is a file of its own; what is written goes to the increment.
fn file_length(info: &str) -> Option<u64> {
    let size = |name| field(info, name)?.parse::<u64>().ok();
    Some(size("aof_current_size")?.saturating_sub(size("aof_base_size")?))
}
