//! What a server writes between a header and a statement: `use`, `SET timestamp`, the name of a command that is no statement.
//!
//! Why by their exact form: clients send `use` and `SET` too. What must stay true: a line that no server writes there is a statement.

use super::entry::{Command, Timestamp};
use super::time;

/// What stands before the name of a command that is no statement.
pub(super) const ADMINISTRATOR: &[u8] = b"# administrator command: ";

/// What was sent. A statement may begin with such a comment too, but then it goes on below it.
pub(super) fn command(text: &[u8]) -> Command<'_> {
    // ANCHOR: stage1_command
    match text.strip_prefix(ADMINISTRATOR) {
        Some(name) if memchr::memchr(b'\n', name).is_none() => Command::Administrator(name),
        Some(_) | None => Command::Statement(text),
    }
    // ANCHOR_END: stage1_command
}

/// The schema of a line of `use shop;`, as it is written.
pub(super) fn use_schema(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let name = line.strip_prefix(b"use ")?.strip_suffix(b";")?;
    if name.is_empty() { None } else { Some(name) }
}

/// A name without its backquotes, if it has some: MariaDB quotes it, and doubles those in it; MySQL writes it as it is.
pub(super) fn unquote(name: &[u8], into: &mut Vec<u8>) {
    into.clear();
    let quoted = name
        .strip_prefix(b"`")
        .and_then(|name| name.strip_suffix(b"`"));
    match quoted {
        None => into.extend_from_slice(name),
        Some(quoted) => {
            let mut before = false;
            for byte in quoted {
                before = *byte == b'`' && !before;
                if !before {
                    into.push(*byte);
                }
            }
        }
    }
}

/// The moment of `SET last_insert_id=1,insert_id=2,timestamp=1705314225;`; `None` if the line is anything else.
pub(super) fn set_timestamp(line: &[u8]) -> Option<Timestamp> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let settings = line.strip_prefix(b"SET ")?.strip_suffix(b";")?;
    let mut at = None;
    for setting in settings.split(|byte| *byte == b',') {
        let equals = memchr::memchr(b'=', setting)?;
        let (name, value) = (&setting[..equals], &setting[equals + 1..]);
        match name {
            b"timestamp" => at = Some(time::unix(value)?),
            b"last_insert_id" | b"insert_id" => {
                let _: u64 = time::number(value)?;
            }
            _ => return None,
        }
    }
    at
}
