//! What a file of accesses may look like, by name or by its extension.
//!
//! Not guessed from the contents: any bytes are a file of 4-byte keys, and a wrong guess gives a hit ratio that nobody can tell from a right one.
//! Only gzip is recognised by what the file begins with, because it cannot be mistaken for a name's promise.

use std::path::Path;
use std::str::FromStr;

/// How accesses are written. Numbers are little-endian, and records follow each other without anything between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A key on each line: any bytes, of which the hash is taken; empty lines are skipped.
    Text,
    /// 4 bytes: the key.
    U32,
    /// 8 bytes: the key.
    U64,
    /// 8 bytes: the key, then 4: the weight.
    U64Weight,
    /// 4 bytes: the key, then 4: the weight.
    U32Weight,
}

/// A name or an extension that says nothing here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownFormat {
    /// Not one of the names.
    #[error("`{0}` is no format of a trace; there are {names}", names = names())]
    Name(String),
    /// None that says what is in the file.
    #[error(
        "the extension of {0} does not say its format (.txt, .u32, .u64, .u32-u32 and .u64-u32 do, with .gz behind it or not); name it: {names}",
        names = names()
    )]
    Extension(String),
}

const ALL: [Format; 5] = [
    Format::Text,
    Format::U32,
    Format::U64,
    Format::U64Weight,
    Format::U32Weight,
];

fn names() -> String {
    ALL.map(Format::name).join(", ")
}

impl Format {
    /// By which it is asked for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U64Weight => "u64-u32",
            Self::U32Weight => "u32-u32",
        }
    }

    /// Bytes of the key and of the weight; `None` of lines.
    pub(crate) fn record(self) -> Option<(usize, usize)> {
        match self {
            Self::Text => None,
            Self::U32 => Some((4, 0)),
            Self::U64 => Some((8, 0)),
            Self::U64Weight => Some((8, 4)),
            Self::U32Weight => Some((4, 4)),
        }
    }

    /// What the file's extension says, a `.gz` apart: a format's name, or one of `.txt`, `.log`, `.keys` for text.
    ///
    /// # Errors
    /// It says nothing.
    pub fn of(path: &Path) -> Result<Self, UnknownFormat> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let lower = name.to_ascii_lowercase();
        let bare = lower.strip_suffix(".gz").unwrap_or(&lower);
        let extension = bare.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension {
            "txt" | "log" | "keys" => Ok(Self::Text),
            extension => extension
                .parse()
                .map_err(|_| UnknownFormat::Extension(name.into_owned())),
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let found = ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| UnknownFormat::Name(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_format() {
        for format in ALL {
            assert_eq!(format.name().parse(), Ok(format));
            let file = format!("some.trace.{}.gz", format.name());
            assert_eq!(Format::of(Path::new(&file)), Ok(format));
        }
        let error = "csv".parse::<Format>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`csv` is no format of a trace; there are text, u32, u64, u64-u32, u32-u32"
        );
    }

    #[test]
    fn an_extension_says_it_or_nothing_does() {
        let of = |name| Format::of(Path::new(name));
        assert_eq!(of("/a/b/keys.TXT"), Ok(Format::Text));
        assert_eq!(of("requests.log.gz"), Ok(Format::Text));
        for name in ["trace.bin", "trace", "trace.gz", "u32", ".gz", "..", ""] {
            let error = of(name).unwrap_err().to_string();
            assert!(error.contains("does not say its format"), "{name}: {error}");
        }
    }
}
