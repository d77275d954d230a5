//! Files as people have them, and as downloads leave them.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

fn all(bytes: &[u8], format: Format) -> Result<Vec<Access>, TraceError> {
    Reader::new(bytes, format)?.collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn says(bytes: &[u8], format: Format) -> String {
    all(bytes, format).unwrap_err().to_string()
}

/// A file of this name in a folder that goes with the process's temporary ones.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("traces-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

const KEYS: [u32; 4] = [7, 0xffff_ffff, 0, 7];

fn u32s() -> Vec<u8> {
    KEYS.iter().flat_map(|key| key.to_le_bytes()).collect()
}

#[test]
fn every_binary_format_is_read_as_it_is_written() {
    let units: Vec<Access> = KEYS.map(|key| Access::unit(key.into())).to_vec();
    assert_eq!(all(&u32s(), Format::U32).unwrap(), units);
    let wide = |key: &u32| u64::from(*key).to_le_bytes();
    let u64s: Vec<u8> = KEYS.iter().flat_map(wide).collect();
    assert_eq!(all(&u64s, Format::U64).unwrap(), units);
    let weighed = |key: &[u8]| [key, &9_u32.to_le_bytes()].concat();
    let heavy = [Access { key: 7, weight: 9 }];
    assert_eq!(all(&weighed(&wide(&7)), Format::U64Weight).unwrap(), heavy);
    assert_eq!(
        all(&weighed(&[7, 0, 0, 0]), Format::U32Weight).unwrap(),
        heavy
    );
}

#[test]
fn a_weight_of_nothing_is_one() {
    let record = [[7_u32, 0], [8, 1]].concat();
    let bytes: Vec<u8> = record.iter().flat_map(|n| n.to_le_bytes()).collect();
    let weights = all(&bytes, Format::U32Weight).unwrap();
    assert!(weights.iter().all(|access| access.weight == 1));
}

#[test]
fn a_line_is_a_key_whatever_ends_it() {
    let plain = all(b"one\ntwo\none\n", Format::Text).unwrap();
    assert_eq!(plain.len(), 3);
    assert_eq!(plain[0], plain[2]);
    assert_ne!(plain[0].key, plain[1].key);
    for same in [
        "one\r\ntwo\r\none\r\n",
        "\n\none\ntwo\n\none",
        "one\ntwo\none",
    ] {
        assert_eq!(
            all(same.as_bytes(), Format::Text).unwrap(),
            plain,
            "{same:?}"
        );
    }
    // No text is refused for its letters.
    assert_eq!(all(b"\xff\xfe\n", Format::Text).unwrap().len(), 1);
}

#[test]
fn gzip_is_known_by_how_it_begins_and_may_have_several_members() {
    let plain = all(&u32s(), Format::U32).unwrap();
    assert_eq!(all(&gzip(&u32s()), Format::U32).unwrap(), plain);
    let bytes = u32s();
    let (first, second) = bytes.split_at(6);
    let members = [gzip(first), gzip(second)].concat();
    assert_eq!(all(&members, Format::U32).unwrap(), plain);
}

#[test]
fn a_record_that_is_cut_off_says_where() {
    let mut bytes = u32s();
    bytes.pop();
    assert_eq!(
        says(&bytes, Format::U32),
        "byte 12: the last record is cut off, 3 of 4 bytes (u32)"
    );
    assert_eq!(
        says(&bytes, Format::U64Weight),
        "byte 12: the last record is cut off, 3 of 12 bytes (u64-u32)"
    );
    assert_eq!(says(&gzip(&bytes), Format::U32), says(&bytes, Format::U32));
}

#[test]
fn gzip_that_breaks_off_or_goes_wrong_says_where() {
    let whole = gzip(&u32s().repeat(1_000));
    for length in [4, 12, whole.len() / 2, whole.len() - 1] {
        let error = says(&whole[..length], Format::U32);
        assert!(
            error.starts_with(&format!("byte {length} of the file: bad gzip")),
            "{length}: {error}"
        );
    }
    let mut wrong = whole.clone();
    let crc = wrong.len() - 8;
    wrong[crc] ^= 1;
    assert!(says(&wrong, Format::U32).contains("bad gzip"));
    let behind = [whole, b"more".to_vec()].concat();
    assert!(says(&behind, Format::U32).contains("bad gzip"));
}

#[test]
fn what_is_no_text_says_where() {
    assert_eq!(
        says(b"one\ntw\0o\n", Format::Text),
        "byte 6: a zero byte, and this should be a text with a key on each line"
    );
    let long = [b"one\n".to_vec(), vec![b'x'; LONGEST + 1]].concat();
    assert_eq!(
        says(&long, Format::Text),
        "byte 4: a line of more than 65536 bytes, and a text has a key on each"
    );
    // A line may have as many, with its newline or without.
    assert_eq!(all(&vec![b'x'; LONGEST], Format::Text).unwrap().len(), 1);
    let full = [vec![b'x'; LONGEST], b"\nx\n".to_vec()].concat();
    assert_eq!(all(&full, Format::Text).unwrap().len(), 2);
}

#[test]
fn nothing_comes_after_an_error() {
    let mut reader = Reader::new(&b"a\n\0\nb\n"[..], Format::Text).unwrap();
    assert!(reader.next().unwrap().is_ok());
    assert!(reader.next().unwrap().is_err());
    assert!(reader.next().is_none());
}

#[test]
fn a_file_is_read_to_its_bound_and_says_that_there_is_more() {
    let path = file("some.u32", &u32s());
    let part = read(&path, None, 3).unwrap();
    assert_eq!(
        (part.trace.len(), part.cut, part.format),
        (3, true, Format::U32)
    );
    let whole = read(&path, None, 4).unwrap();
    assert_eq!((whole.trace.len(), whole.cut), (4, false));
    assert_eq!(read(&path, Some(Format::U64), 9).unwrap().trace.len(), 2);
}

#[test]
fn what_is_not_there_or_empty_or_of_no_format_is_an_error() {
    let empty = read(&file("empty.u32", b""), None, 9).unwrap_err();
    assert!(matches!(empty, TraceError::Empty));
    let zipped = read(&file("empty.txt.gz", &gzip(b"\n\n")), None, 9).unwrap_err();
    assert!(matches!(zipped, TraceError::Empty));
    let missing = read(Path::new("/nowhere/a.txt"), None, 9).unwrap_err();
    assert!(
        missing.to_string().starts_with("/nowhere/a.txt: "),
        "{missing}"
    );
    let folder = read(&std::env::temp_dir(), Some(Format::Text), 9).unwrap_err();
    assert!(matches!(folder, TraceError::Io { at: 0, .. }), "{folder}");
    let unknown = read(&file("trace.bin", b"x"), None, 9).unwrap_err();
    assert!(
        unknown.to_string().contains("name it: text, u32"),
        "{unknown}"
    );
}

#[test]
fn an_error_of_the_system_is_no_bad_gzip() {
    struct Breaks(Vec<u8>);
    impl Read for Breaks {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Err(io::Error::other("the disk is gone"));
            }
            let length = into.len().min(self.0.len());
            into[..length].copy_from_slice(&self.0[..length]);
            self.0.drain(..length);
            Ok(length)
        }
    }
    let half = gzip(&u32s())[..12].to_vec();
    let reader = Reader::new(Breaks(half), Format::U32).unwrap();
    let error = reader.last().unwrap().unwrap_err().to_string();
    assert_eq!(error, "byte 12 of the file: the disk is gone");
}

fn any_format() -> impl Strategy<Value = Format> {
    prop::sample::select(vec![
        Format::Text,
        Format::U32,
        Format::U64,
        Format::U64Weight,
        Format::U32Weight,
    ])
}

proptest! {
    /// Whatever is in it: it ends, and gives no more accesses than bytes.
    #[test]
    fn any_bytes_end(mut bytes: Vec<u8>, is_gzip: bool, format in any_format()) {
        if is_gzip {
            bytes.splice(0..0, GZIP);
        }
        if let Ok(reader) = Reader::new(&bytes[..], format) {
            prop_assert!(reader.count() <= bytes.len() + 1);
        }
    }

    #[test]
    fn compressed_or_not_it_is_the_same(bytes: Vec<u8>, format in any_format()) {
        prop_assume!(!bytes.starts_with(&GZIP));
        let words = |of: Result<Vec<Access>, TraceError>| of.map_err(|error| error.to_string());
        prop_assert_eq!(words(all(&gzip(&bytes), format)), words(all(&bytes, format)));
    }
}
