//! `install/debian.sh` for a user without rights: what it would need, word for word, and nothing done.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

#[test]
fn without_rights_it_prints_what_to_run() {
    let bed = tempfile::tempdir().unwrap();
    let program = |name: &str, script: &str| {
        let path = bed.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    // All that there is on this machine: no redis-server, no java, and a user who is not root.
    program("id", "echo 1000");
    program("apt-get", "touch \"$(dirname \"$0\")/was-called\"");
    // As on Debian 12: other packages mention Java 21, and only 17 can be installed.
    program(
        "apt-cache",
        "[ \"$2\" = openjdk-17-jre-headless ] && c=17.0.21 || c='(none)'; echo \"  Candidate: $c\"",
    );
    program("sed", "exec /usr/bin/sed \"$@\"");
    program("dirname", "exec /usr/bin/dirname \"$@\"");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("install/debian.sh");
    let output = Command::new("/bin/sh")
        .arg(script)
        .env("PATH", bed.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    let command = said
        .lines()
        .find(|line| line.contains("sudo apt-get"))
        .unwrap();
    assert!(
        command.starts_with("    sudo apt-get update && sudo apt-get install -y redis-server "),
        "{command}"
    );
    assert!(command.ends_with(" openjdk-17-jre-headless"), "{command}");
    assert!(!bed.path().join("was-called").exists(), "it must not try");
}
