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
    let args = args(spec, dir, port);
    Ok(Recipe {
        command: CommandLine { program, args },
        files: Vec::new(),
        log: dir.join("server.log"),
    })
}

fn args(spec: &ServerSpec, dir: &Path, port: u16) -> Vec<OsString> {
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
    args
}

pub(crate) fn prepare(dir: &Path) -> Result<(), Error> {
    let data = data(dir);
    fs::create_dir_all(&data).map_err(Error::file("create", &data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_has_one_argument_for_each_word_and_one_for_none() {
        let spec = ServerSpec::new(Service::Redis)
            .set("save", "")
            .set("client-output-buffer-limit", "replica 1mb 1mb 60");
        let args = args(&spec, Path::new("/bed"), 12_345);
        let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
        let line = args.join(" ");
        assert!(
            line.starts_with("--port 12345 --dir /bed/data --bind 127.0.0.1 "),
            "{line}"
        );
        assert!(
            line.ends_with("--save  --client-output-buffer-limit replica 1mb 1mb 60"),
            "{line}"
        );
    }
}
