//! Servers given by URL: used as they are, never killed, and named in the error when they do not answer.
#![allow(clippy::disallowed_methods)] // a test of real servers reads the real clock

use std::process::{Command, Output};

use testbed::Error;

/// `testbed ..` with given servers only.
fn testbed(args: &[&str], given: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_testbed"));
    command.args(args).env("LAB_BACKEND", "url");
    for variable in ["LAB_REDIS_URL", "LAB_MYSQL_URL", "LAB_KAFKA_BROKERS"] {
        command.env_remove(variable);
    }
    command.envs(given.iter().copied());
    command.output().unwrap()
}

fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn given_servers_are_used_as_they_are() -> Result<(), Error> {
    let (redis, mysql, kafka) = (
        testbed::redis().await?,
        testbed::mysql().await?,
        testbed::kafka().await?,
    );
    let mysql_url = format!("mysql://root@{}/mysql", mysql.addr());
    let given = [
        ("LAB_REDIS_URL", redis.url()),
        ("LAB_MYSQL_URL", mysql_url.as_str()),
        ("LAB_KAFKA_BROKERS", kafka.brokers()),
    ];
    let output = testbed(&["up", "redis", "mysql", "kafka", "--json"], &given);
    assert!(output.status.success(), "{output:?}");
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = serde_json::json!({
        "redis": [redis.url()],
        "mysql": [mysql_url],
        "kafka": [kafka.brokers()],
    });
    assert_eq!(printed, expected);
    let swept = testbed(&["sweep"], &given);
    assert!(swept.status.success(), "{swept:?}");
    Ok(())
}

#[test]
fn a_given_server_is_not_killed() {
    let given = [("LAB_REDIS_URL", "redis://127.0.0.1:1/")];
    let errors = complaint(&testbed(&["own", "redis"], &given));
    assert!(
        errors.contains("one given by LAB_REDIS_URL is not ours to kill"),
        "{errors}"
    );
}

#[test]
fn a_server_that_was_not_given_is_named() {
    let errors = complaint(&testbed(&["up", "mysql"], &[]));
    assert!(
        errors.contains("set LAB_MYSQL_URL to the address of MySQL or MariaDB"),
        "{errors}"
    );
}

#[test]
fn a_cluster_cannot_be_given() {
    let given = [("LAB_REDIS_URL", "redis://127.0.0.1:1/")];
    let errors = complaint(&testbed(&["up", "redis-cluster"], &given));
    assert!(
        errors.contains("no Redis Cluster: a URL gives one server"),
        "{errors}"
    );
}

#[test]
fn a_given_server_that_does_not_answer_is_named_without_its_password() {
    for (service, variable, value) in [
        ("redis", "LAB_REDIS_URL", "redis://127.0.0.1:1/"),
        ("redis", "LAB_REDIS_URL", "http://127.0.0.1:1/"),
        ("mysql", "LAB_MYSQL_URL", "mysql://root:secret@127.0.0.1:1/"),
    ] {
        let errors = complaint(&testbed(&["up", service], &[(variable, value)]));
        assert!(errors.contains(&format!("error: {variable}=")), "{errors}");
        assert!(
            errors.contains("cannot be used: ") && !errors.contains("secret"),
            "{errors}"
        );
    }
}

#[test]
fn an_unknown_backend_is_refused() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_testbed"));
    let output = command
        .args(["up", "redis"])
        .env("LAB_BACKEND", "podman")
        .output()
        .unwrap();
    let errors = complaint(&output);
    assert!(
        errors.contains("LAB_BACKEND=podman is no backend: say url, docker or native"),
        "{errors}"
    );
}
