//! Limits, and that bad ones are refused by name; the numbers of fingerprints.

use slow_query::core::fingerprint::Id;
use slow_query::core::{digest, log};

#[test]
fn the_number_of_a_fingerprint_is_the_end_of_its_md5() {
    for (text, id) in [("", "E9800998ECF8427E"), ("select ?", "16219655761820A2")] {
        assert_eq!(Id::of(text).to_string(), id);
        assert_eq!(
            serde_json::to_string(&Id::of(text)).unwrap(),
            format!("{id:?}")
        );
    }
    assert_eq!(Id(5).to_string(), "0000000000000005");
}

#[test]
fn a_readers_limits_are_refused_by_name() {
    let said = |statement, header| match log::Limits::new(statement, header) {
        Ok(limits) => format!("{} {}", limits.statement_bytes(), limits.header_bytes()),
        Err(error) => error.to_string(),
    };
    let megabyte = 1 << 20;
    assert_eq!(said(16, 2048), "16 2048");
    assert_eq!(said(1 << 30, megabyte), "1073741824 1048576");
    assert_eq!(
        said(15, 2048),
        "reader: statement_bytes must be 16 to 1073741824, not 15"
    );
    assert_eq!(
        said((1 << 30) + 1, 2048),
        "reader: statement_bytes must be 16 to 1073741824, not 1073741825"
    );
    assert_eq!(
        said(16, 2047),
        "reader: header_bytes must be 2048 to 1048576, not 2047"
    );
    assert_eq!(
        said(16, megabyte + 1),
        "reader: header_bytes must be 2048 to 1048576, not 1048577"
    );
    let limits = log::Limits::default();
    assert_eq!(
        (limits.statement_bytes(), limits.header_bytes()),
        (megabyte, 16 << 10)
    );
    assert_eq!(log::Limits::new(megabyte, 16 << 10), Ok(limits));
}

#[test]
fn a_digests_limits_are_refused_by_name() {
    let said =
        |classes, fingerprint, sample| match digest::Limits::new(classes, fingerprint, sample) {
            Ok(limits) => format!(
                "{} {} {}",
                limits.classes(),
                limits.fingerprint_bytes(),
                limits.sample_bytes()
            ),
            Err(error) => error.to_string(),
        };
    let megabyte = 1 << 20;
    assert_eq!(said(1, 64, 64), "1 64 64");
    assert_eq!(
        said(megabyte, megabyte, megabyte),
        "1048576 1048576 1048576"
    );
    for classes in [0, megabyte + 1] {
        assert_eq!(
            said(classes, 64, 64),
            format!("digest: classes must be 1 to 1048576, not {classes}")
        );
    }
    for bytes in [63, megabyte + 1] {
        assert_eq!(
            said(1, bytes, 64),
            format!("digest: fingerprint_bytes must be 64 to 1048576, not {bytes}")
        );
        assert_eq!(
            said(1, 64, bytes),
            format!("digest: sample_bytes must be 64 to 1048576, not {bytes}")
        );
    }
    let limits = digest::Limits::default();
    assert_eq!(digest::Limits::new(5_000, 4 << 10, 16 << 10), Ok(limits));
}
