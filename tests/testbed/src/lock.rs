//! A lock between processes: test binaries run at the same time, and one of them must start the server.
//!
//! An advisory lock on a file and not a file that exists or not: it goes with its process, even by `kill -9`, so
//! there is no stale one. Polled rather than waited for, because a wait inside a runtime's thread would hold up
//! every other task of the test.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::error::Error;

/// Longer than two servers take to start one after the other.
const PATIENCE: Duration = Duration::from_secs(150);

/// Held until dropped.
#[derive(Debug)]
pub(crate) struct FileLock {
    _file: File,
}

/// Waits for the lock on `path`; creates the file and its directory.
pub(crate) async fn lock(path: &Path) -> Result<FileLock, Error> {
    let begun = Instant::now();
    loop {
        if let Some(held) = try_lock(path)? {
            return Ok(held);
        }
        let waited = begun.elapsed();
        if waited > PATIENCE {
            return Err(Error::Locked {
                path: path.to_owned(),
                waited,
            });
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The lock, unless somebody else has it.
pub(crate) fn try_lock(path: &Path) -> Result<Option<FileLock>, Error> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(Error::file("create", dir))?;
    }
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(Error::file("open", path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(FileLock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(Error::file("lock", path)(source)),
    }
}
