//! MySQL or MariaDB, by the `mysqld` or `mariadbd` on the `PATH`, without the machine's own configuration.
//!
//! Debian's MariaDB calls itself `mysqld` as well; what it really is, is read from where the link leads.
//! An empty data directory takes MariaDB 0.7 s and MySQL 4 s to make, so it is made once and copied.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::data;
use super::process::CommandLine;
use super::recipe::{Recipe, data, find_program};
use super::template::{output, template};
use crate::error::Error;
use crate::server::{ServerSpec, Service};
use crate::sys;

pub(crate) fn recipe(spec: &ServerSpec, dir: &Path, port: u16) -> Result<Recipe, Error> {
    let program = program()?;
    let init = dir.join("init.sql");
    let mut args = common_args(&data(dir));
    args.extend([
        option("init-file", &init),
        format!("--port={port}").into(),
        "--bind-address=127.0.0.1".into(),
        // Relative to the data directory: a socket's whole path may have 107 bytes.
        "--socket=mysql.sock".into(),
        "--pid-file=mysql.pid".into(),
        "--secure-file-priv=".into(),
        // A server that starts deletes what looks like a temporary table in its directory: in /tmp, those of all the others.
        option("tmpdir", dir),
    ]);
    args.extend(
        spec.settings
            .iter()
            .map(|(name, value)| match value.as_str() {
                "" => format!("--{name}").into(),
                value => format!("--{name}={value}").into(),
            }),
    );
    Ok(Recipe {
        command: CommandLine { program, args },
        files: vec![(init, ROOT_FROM_TCP.to_owned())],
        log: dir.join("server.log"),
    })
}

/// Both servers let root in from localhost alone, and 127.0.0.1 is not that to them. Run at each start.
const ROOT_FROM_TCP: &str = "CREATE USER IF NOT EXISTS 'root'@'%';
GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;
";

pub(crate) async fn prepare(dir: &Path) -> Result<(), Error> {
    let target = data(dir);
    if target.exists() {
        return Ok(());
    }
    let program = program()?;
    let version = output(&program, &["--version".into()]).await?;
    let prepared = template(&version, |beside| initialise(program, beside)).await?;
    data::copy(&prepared, &target)
}

async fn initialise(server: PathBuf, target: PathBuf) -> Result<(), Error> {
    let mut args = common_args(&target);
    let program = match is_mariadb(&server) {
        true => {
            args.push("--auth-root-authentication-method=normal".into());
            args.push("--skip-test-db".into());
            find_program(&["mariadb-install-db"])
                .ok_or_else(|| missing("no mariadb-install-db is on the PATH"))?
        }
        false => {
            args.push("--initialize-insecure".into());
            server
        }
    };
    output(&program, &args).await?;
    Ok(())
}

/// Said when the data is made and at each start; `--no-defaults` has to be the first.
fn common_args(data: &Path) -> Vec<OsString> {
    let mut args: Vec<OsString> = vec!["--no-defaults".into(), option("datadir", data)];
    if sys::is_root() {
        args.push("--user=root".into());
    }
    // Small logs, or an empty data directory is 100 MB.
    args.extend(
        [
            "--loose-innodb-log-file-size=16M",
            "--loose-innodb-redo-log-capacity=16M",
        ]
        .map(OsString::from),
    );
    args
}

fn program() -> Result<PathBuf, Error> {
    find_program(&["mysqld", "mariadbd"])
        .ok_or_else(|| missing("neither mysqld nor mariadbd is on the PATH"))
}

fn missing(looked_for: &str) -> Error {
    Error::Missing {
        service: Service::Mysql,
        looked_for: looked_for.to_owned(),
    }
}

fn is_mariadb(server: &Path) -> bool {
    let real = fs::canonicalize(server).unwrap_or_else(|_| server.to_owned());
    real.to_string_lossy().contains("mariadb")
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(format!("--{name}="));
    option.push(path);
    option
}
