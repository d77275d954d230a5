//! Kafka, as its own jars: broker and controller in one process (KRaft), no scripts of the release in between.
//!
//! Two things are prepared once and copied or shared: a formatted data directory (0.8 s of JVM) and an archive of
//! the loaded classes, with which the broker answers after one second and not after three.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::data;
use super::instance;
use super::process::{CommandLine, Keeper};
use super::recipe::{Recipe, data, find_program};
use super::template::{output, template};
use crate::error::Error;
use crate::server::{ServerSpec, Service};
use crate::sys::Signal;
use crate::{ports, root};

/// Every node is the only one of its cluster.
const CLUSTER: &str = "load-bearing-kafka-0000";

pub(crate) fn recipe(spec: &ServerSpec, dir: &Path, port: u16) -> Result<Recipe, Error> {
    let installed = Installed::find()?;
    let properties = dir.join("server.properties");
    let log_config = dir.join("log4j2.properties");
    // `prepare` puts the archive's place into this file; without an archive the JVM starts more slowly.
    let mut args = installed.jvm_args(&log_config);
    args.push(option("-XX:SharedArchiveFile=", &dir.join("classes.jsa")));
    args.extend(["kafka.Kafka".into(), properties.clone().into()]);
    Ok(Recipe {
        command: CommandLine {
            program: installed.java,
            args,
        },
        files: vec![
            (properties, properties_text(spec, &data(dir), port)),
            (log_config, LOG_CONFIG.to_owned()),
        ],
        log: dir.join("server.log"),
    })
}

/// Brings the data before the first start, and a link to the class archive.
pub(crate) async fn prepare(dir: &Path) -> Result<(), Error> {
    let installed = Installed::find()?;
    let archive = dir.join("classes.jsa");
    let target = data(dir);
    if target.exists() && archive.exists() {
        return Ok(());
    }
    let version = output(&installed.java, &["--version".into()]).await?;
    let key = format!("{version}{}", installed.libs.display());
    let prepared = template(&key, |beside| make(installed, beside)).await?;
    if !target.exists() {
        data::copy(&data(&prepared), &target)?;
    }
    let _ = fs::remove_file(&archive);
    std::os::unix::fs::symlink(prepared.join("classes.jsa"), &archive)
        .map_err(Error::file("link", &archive))
}

/// Formats a data directory, and lets a broker on a copy of it write down which classes it loads.
async fn make(installed: Installed, dir: PathBuf) -> Result<(), Error> {
    let lease = ports::lease()?;
    let spec = ServerSpec::new(Service::Kafka);
    let properties = dir.join("server.properties");
    let log_config = dir.join("log4j2.properties");
    fs::write(&log_config, LOG_CONFIG).map_err(Error::file("write", &log_config))?;
    let write = |data: &Path| {
        let text = properties_text(&spec, data, lease.port);
        fs::write(&properties, text).map_err(Error::file("write", &properties))
    };

    write(&data(&dir))?;
    let mut format = installed.jvm_args(&log_config);
    format.extend(["kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c"].map(OsString::from));
    format.push(properties.clone().into());
    output(&installed.java, &format).await?;

    let scratch = dir.join("scratch");
    data::copy(&data(&dir), &scratch)?;
    write(&scratch)?;
    let mut run = installed.jvm_args(&log_config);
    run.push(option(
        "-XX:ArchiveClassesAtExit=",
        &dir.join("classes.jsa"),
    ));
    run.extend(["kafka.Kafka".into(), properties.into()]);
    let command = CommandLine {
        program: installed.java,
        args: run,
    };
    let log = dir.join("server.log");
    let keeper = Keeper::start(&command, &dir, &log)?;
    instance::wait_ready(
        Service::Kafka,
        instance::local(lease.port),
        keeper.server,
        &log,
    )
    .await?;
    keeper.server.send(Signal::Terminate);
    let begun = Instant::now();
    // Without the archive every start is slower and nothing else: no reason to fail.
    while keeper.server.is_alive() && begun.elapsed() < Duration::from_secs(30) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    keeper.kill();
    // A template is no server.
    let _ = fs::remove_file(dir.join("server.pid"));
    data::remove(&scratch)
}

/// What is the native host's to say; the service says the rest.
fn properties_text(spec: &ServerSpec, data: &Path, port: u16) -> String {
    let advertised = spec.advertised.unwrap_or_else(|| instance::local(port));
    let (controller, inner) = (ports::bus(port), ports::inner(port));
    let mut text = format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{controller}\n\
         controller.listener.names=CONTROLLER\n\
         listeners=CLIENT://127.0.0.1:{port},INNER://127.0.0.1:{inner},CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=CLIENT://{advertised},INNER://127.0.0.1:{inner}\n\
         inter.broker.listener.name=INNER\n\
         listener.security.protocol.map=CLIENT:PLAINTEXT,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
         log.dirs={}\n",
        data.display()
    );
    for (name, value) in &spec.settings {
        text.push_str(&format!("{name}={value}\n"));
    }
    text
}

/// Without a configuration log4j prints nothing that helps.
const LOG_CONFIG: &str = "\
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
logger.server.name=kafka.server
logger.server.level=info
";

/// What was found of Java and Kafka.
struct Installed {
    java: PathBuf,
    libs: PathBuf,
}

impl Installed {
    fn find() -> Result<Self, Error> {
        let missing = |looked_for: String| Error::Missing {
            service: Service::Kafka,
            looked_for,
        };
        let home = std::env::var_os("LAB_KAFKA_HOME").map_or_else(
            || root::workspace().join(".lab/services/kafka-4.2.0"),
            PathBuf::from,
        );
        let libs = home.join("libs");
        let has_jars = fs::read_dir(&libs).is_ok_and(|mut files| files.next().is_some());
        if !has_jars {
            return Err(missing(format!("no jars are in {}", libs.display())));
        }
        let java = std::env::var_os("JAVA_HOME")
            .map(|home| PathBuf::from(home).join("bin/java"))
            .filter(|java| java.is_file())
            .or_else(|| find_program(&["java"]))
            .ok_or_else(|| missing("no java is on the PATH".to_owned()))?;
        Ok(Self { java, libs })
    }

    /// A broker of a test is small and short-lived: one collector thread, the quick compiler only. The log
    /// cleaner's buffer (see the service's settings) is what lets 256 MB be enough.
    fn jvm_args(&self, log_config: &Path) -> Vec<OsString> {
        let mut args: Vec<OsString> = [
            "-Xmx256m",
            "-Xms64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
        ]
        .map(OsString::from)
        .into();
        args.push("-Xshare:auto".into());
        args.push(option("-Dlog4j2.configurationFile=", log_config));
        args.push("-cp".into());
        args.push(self.libs.join("*").into());
        args
    }
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_behind_a_proxy_tells_clients_the_proxys_address_and_itself_its_own() {
        let mut spec = ServerSpec::new(Service::Kafka).set("num.partitions", "1");
        spec.advertised = Some(([127, 0, 0, 1], 40_000).into());
        let text = properties_text(&spec, Path::new("/bed/data"), 12_000);
        let advertised = "advertised.listeners=CLIENT://127.0.0.1:40000,INNER://127.0.0.1:17000\n";
        assert!(text.contains(advertised), "{text}");
        assert!(
            text.contains("listeners=CLIENT://127.0.0.1:12000,INNER://127.0.0.1:17000,"),
            "{text}"
        );
        assert!(
            text.ends_with("log.dirs=/bed/data\nnum.partitions=1\n"),
            "{text}"
        );
    }
}
