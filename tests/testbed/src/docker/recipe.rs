//! How a service's spec becomes a container: arguments, variables, ports, volumes.
//!
//! Only what the official images' entrypoints promise is used: options go to the server (Redis, MySQL), properties
//! are `KAFKA_` variables (once one is given, none of the image's own defaults is left, so all are given here).

use std::hash::{DefaultHasher, Hash, Hasher};

use super::images;
use crate::server::{ServerSpec, Service};

/// A container that is ready to be started on a port.
#[derive(Debug, Clone, Hash)]
pub(super) struct Recipe {
    pub(super) image: String,
    pub(super) args: Vec<String>,
    pub(super) env: Vec<(String, String)>,
    /// Where the server listens inside.
    pub(super) inside: u16,
    /// Every directory that the image declares as a volume; the first holds the data.
    pub(super) volumes: &'static [&'static str],
    /// The volume that holds the data already, when it was brought before the container is created.
    pub(super) brought: Option<String>,
}

impl Recipe {
    /// The recipe for a server that is reached on `port` of 127.0.0.1.
    pub(super) fn new(spec: &ServerSpec, port: u16) -> Self {
        let image = images::image(spec.service);
        match spec.service {
            Service::Redis => redis(spec, image, port),
            Service::Mysql => mysql(spec, image),
            Service::Kafka => kafka(spec, image, port),
        }
    }

    /// Tells whether a running container was started in the same way.
    pub(super) fn fingerprint(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    pub(super) fn data(&self) -> &'static str {
        self.volumes[0]
    }
}

fn redis(spec: &ServerSpec, image: String, port: u16) -> Recipe {
    let mut args: Vec<String> = Vec::new();
    let mut set = |name: &str, value: &str| {
        args.push(format!("--{name}"));
        match value.trim() {
            "" => args.push(String::new()),
            value => args.extend(value.split_whitespace().map(str::to_owned)),
        }
    };
    set("bind", "0.0.0.0");
    // The port is published on 127.0.0.1 alone.
    set("protected-mode", "no");
    let mut inside = 6379;
    if spec.cluster {
        // A node tells clients and nodes one port, so it listens inside where it is reached outside. Clients are
        // told a name, which leaves the nodes each other's own addresses.
        inside = port;
        set("port", &port.to_string());
        set("cluster-enabled", "yes");
        set("cluster-announce-hostname", "127.0.0.1");
        set("cluster-preferred-endpoint-type", "hostname");
    }
    for (name, value) in &spec.settings {
        set(name, value);
    }
    Recipe {
        image,
        args,
        env: Vec::new(),
        inside,
        volumes: &["/data"],
        brought: None,
    }
}

fn mysql(spec: &ServerSpec, image: String) -> Recipe {
    let given = spec
        .settings
        .iter()
        .map(|(name, value)| match value.as_str() {
            "" => format!("--{name}"),
            value => format!("--{name}={value}"),
        });
    // Small logs, or an empty data directory is 100 MB; each option is for one of the two servers.
    let small = [
        "--loose-innodb-log-file-size=16M",
        "--loose-innodb-redo-log-capacity=16M",
    ];
    let env = [
        ("MYSQL_ALLOW_EMPTY_PASSWORD", "yes"),
        ("MARIADB_ALLOW_EMPTY_ROOT_PASSWORD", "yes"),
        ("MYSQL_INITDB_SKIP_TZINFO", "1"),
        ("MARIADB_INITDB_SKIP_TZINFO", "1"),
    ];
    Recipe {
        image,
        args: small.into_iter().map(str::to_owned).chain(given).collect(),
        env: env
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        inside: 3306,
        volumes: &["/var/lib/mysql"],
        brought: None,
    }
}

fn kafka(spec: &ServerSpec, image: String, port: u16) -> Recipe {
    let advertised = match spec.advertised {
        Some(addr) => addr.to_string(),
        None => format!("127.0.0.1:{port}"),
    };
    // The broker talks to itself as well (transactions do), and 127.0.0.1 and that port are not it in there.
    let own = [
        ("process.roles", "broker,controller".to_owned()),
        ("node.id", "1".to_owned()),
        ("controller.quorum.voters", "1@localhost:9093".to_owned()),
        ("controller.listener.names", "CONTROLLER".to_owned()),
        (
            "listeners",
            "CLIENT://:9092,INNER://:19092,CONTROLLER://:9093".to_owned(),
        ),
        (
            "advertised.listeners",
            format!("CLIENT://{advertised},INNER://localhost:19092"),
        ),
        ("inter.broker.listener.name", "INNER".to_owned()),
        (
            "listener.security.protocol.map",
            "CLIENT:PLAINTEXT,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT".to_owned(),
        ),
        // By default the data lies in /tmp, outside of any volume.
        ("log.dirs", "/var/lib/kafka/data".to_owned()),
    ];
    let mut env = vec![
        (
            "CLUSTER_ID".to_owned(),
            "load-bearing-kafka-0000".to_owned(),
        ),
        ("KAFKA_HEAP_OPTS".to_owned(), "-Xmx256m -Xms64m".to_owned()),
        (
            "KAFKA_JVM_PERFORMANCE_OPTS".to_owned(),
            "-XX:+UseSerialGC -XX:TieredStopAtLevel=1".to_owned(),
        ),
    ];
    env.extend(own.map(|(name, value)| (kafka_variable(name), value)));
    for (name, value) in &spec.settings {
        env.push((kafka_variable(name), value.clone()));
    }
    Recipe {
        image,
        args: Vec::new(),
        env,
        inside: 9092,
        volumes: &[
            "/var/lib/kafka/data",
            "/etc/kafka/secrets",
            "/mnt/shared/config",
        ],
        brought: None,
    }
}

fn kafka_variable(property: &str) -> String {
    let name = property
        .replace('_', "__")
        .replace('-', "___")
        .replace('.', "_")
        .to_uppercase();
    format!("KAFKA_{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_becomes_the_variable_that_the_image_reads() {
        assert_eq!(kafka_variable("log.dirs"), "KAFKA_LOG_DIRS");
        assert_eq!(kafka_variable("a_b.c-d"), "KAFKA_A__B_C___D");
    }

    #[test]
    fn a_value_of_several_words_is_several_arguments_to_redis() {
        let spec = ServerSpec::new(Service::Redis)
            .set("save", "3600 1 300 100")
            .set("appendonly", "no");
        let args = Recipe::new(&spec, 12_345).args;
        assert!(args.ends_with(
            &["--save", "3600", "1", "300", "100", "--appendonly", "no"].map(str::to_owned)
        ));
        let none = Recipe::new(&ServerSpec::new(Service::Redis).set("save", ""), 12_345).args;
        assert!(none.ends_with(&["--save".to_owned(), String::new()]));
    }

    #[test]
    fn another_setting_is_another_fingerprint() {
        let plain = ServerSpec::new(Service::Kafka);
        let changed = plain.clone().set("num.partitions", "3");
        let fingerprint = |spec| Recipe::new(spec, 12_345).fingerprint();
        assert_eq!(fingerprint(&plain), fingerprint(&plain));
        assert_ne!(fingerprint(&plain), fingerprint(&changed));
    }
}
