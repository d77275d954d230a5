//! Redis, by the `redis-server` on the `PATH`.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::process::CommandLine;
use super::recipe::{Recipe, data, find_program};
use crate::error::Error;
use crate::ports;
use crate::server::{ServerSpec, Service};

pub(crate) fn recipe(spec: &ServerSpec, dir: &Path, port: u16) -> Result<Recipe, Error> {
    let program = find_program(&["redis-server"]).ok_or(Error::Missing {
        service: Service::Redis,
        looked_for: "no redis-server is on the PATH".to_owned(),
    })?;
    let mut args: Vec<OsString> = vec![
        "--port".into(),
        port.to_string().into(),
        "--dir".into(),
        data(dir).into(),
    ];
    let mut set = |name: &str, value: &str| {
        args.push(format!("--{name}").into());
        match value.split_whitespace().next() {
            None => args.push("".into()),
            Some(_) => args.extend(value.split_whitespace().map(OsString::from)),
        }
    };
    set("bind", "127.0.0.1");
    set("daemonize", "no");
    if spec.cluster {
        set("cluster-enabled", "yes");
        set("cluster-port", &ports::bus(port).to_string());
    }
    for (name, value) in &spec.settings {
        set(name, value);
    }
    Ok(Recipe {
        command: CommandLine { program, args },
        files: Vec::new(),
        log: dir.join("server.log"),
    })
}

pub(crate) fn prepare(dir: &Path) -> Result<(), Error> {
    let data = data(dir);
    fs::create_dir_all(&data).map_err(Error::file("create", &data))
}
