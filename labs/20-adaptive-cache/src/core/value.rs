//! A value, of the same type in every layer, and how it is written into Redis.
//!
//! Why not Redis's own strings: whoever stores 42 and reads "42" has two types for one key, one from the loader and one from Redis, and the
//! difference shows only once the cache is warm. So what is stored says what it is: two bytes of header (this format, its version), a tag, and the
//! value. Why not JSON: it has no bytes, no NaN, and one kind of number. What must stay true: `decode(encode(v))` is `v`, to the bit; whatever else is decoded is an
//! error, and never a panic, a deep recursion, or more memory than a small multiple of the input.

use std::sync::Arc;

/// What a key stands for. A clone shares the contents.
#[derive(Clone, Debug)]
pub enum Value {
    /// UTF-8.
    Text(Arc<str>),
    /// Anything.
    Bytes(Arc<[u8]>),
    /// A whole number.
    Integer(i64),
    /// A floating-point number, with the bits that it had.
    Float(f64),
    /// Yes or no.
    Boolean(bool),
    /// The source has nothing for this key.
    Absent,
    /// Several of them.
    List(Arc<[Value]>),
}

/// A value that cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// Lists in lists in lists.
    #[error("a value may be nested {MAX_DEPTH} deep, not deeper")]
    TooDeep,
    /// Such a value keeps a Redis from answering others.
    #[error("a value may have {MAX_BYTES} bytes, not {0}")]
    TooLarge(usize),
}

/// Bytes that are no value of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They were written by somebody else.
    #[error("not written in this format")]
    Foreign,
    /// They were written by another version of this crate.
    #[error("written in version {0} of the format, which this build does not know")]
    Version(u8),
    /// More bytes than are ever written.
    #[error("a value may have {MAX_BYTES} bytes, not {0}")]
    TooLarge(usize),
    /// They end too early.
    #[error("the value ends too early")]
    Truncated,
    /// They go on after the end.
    #[error("{0} bytes follow the value")]
    Trailing(usize),
    /// A type that is none.
    #[error("there is no type {0}")]
    Tag(u8),
    /// Neither yes nor no.
    #[error("{0} is no Boolean")]
    Boolean(u8),
    /// A text that is none.
    #[error("the text is not UTF-8")]
    Utf8,
    /// Lists in lists in lists.
    #[error("a value may be nested {MAX_DEPTH} deep, not deeper")]
    TooDeep,
}

/// How deep lists may be nested: each level is a frame of the stack.
pub const MAX_DEPTH: usize = 16;
/// How long an encoded value may be. Redis takes 512 MB, but one that sends 16 MB is deaf for about as many milliseconds on a 10 Gbit/s link.
pub const MAX_BYTES: usize = 16 << 20;

/// The first byte of what this crate stores: no byte that UTF-8 can begin with, so no text is taken for a value.
const FORMAT: u8 = 0xAC;
const VERSION: u8 = 1;
const HEADER: usize = 2;

/// The byte before each value that says what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Tag {
    Text = 1,
    Bytes = 2,
    Integer = 3,
    Float = 4,
    Boolean = 5,
    Absent = 6,
    List = 7,
}

impl Tag {
    const ALL: [Self; 7] = [
        Self::Text,
        Self::Bytes,
        Self::Integer,
        Self::Float,
        Self::Boolean,
        Self::Absent,
        Self::List,
    ];

    fn read(byte: u8) -> Result<Self, DecodeError> {
        let known = Self::ALL.into_iter().find(|&tag| tag as u8 == byte);
        known.ok_or(DecodeError::Tag(byte))
    }
}

impl Value {
    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Bytes.
    #[must_use]
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.into())
    }

    /// A list.
    #[must_use]
    pub fn list(values: impl IntoIterator<Item = Value>) -> Self {
        Self::List(values.into_iter().collect())
    }

    /// How many bytes it has when it is stored; nested too deep, as if the rest were empty.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        HEADER + self.len_at(MAX_DEPTH)
    }

    fn len_at(&self, depth_left: usize) -> usize {
        1 + match self {
            Self::Text(text) => 4 + text.len(),
            Self::Bytes(bytes) => 4 + bytes.len(),
            Self::Integer(_) | Self::Float(_) => 8,
            Self::Boolean(_) => 1,
            Self::Absent => 0,
            Self::List(_) if depth_left == 0 => 4,
            Self::List(values) => {
                let inner = values.iter().map(|value| value.len_at(depth_left - 1));
                inner.fold(4, usize::saturating_add)
            }
        }
    }

    /// As it is stored.
    ///
    /// # Errors
    /// [`EncodeError`] if it is nested too deep or too large.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let len = self.encoded_len();
        if len > MAX_BYTES {
            return Err(EncodeError::TooLarge(len));
        }
        let mut out = Vec::with_capacity(len);
        out.extend([FORMAT, VERSION]);
        self.write(&mut out, MAX_DEPTH)?;
        Ok(out)
    }

    /// What was stored.
    ///
    /// # Errors
    /// [`DecodeError`] if it is anything else than what [`Value::encode`] gives.
    pub fn decode(stored: &[u8]) -> Result<Self, DecodeError> {
        // ANCHOR: stage5_decode
        todo!("stage 5: decode")
        // ANCHOR_END: stage5_decode
    }

    /// Writes the tag and what follows it; lengths are four bytes, and all numbers little-endian.
    #[allow(clippy::ptr_arg, reason = "it grows, once it is written")]
    fn write(&self, out: &mut Vec<u8>, depth_left: usize) -> Result<(), EncodeError> {
        // ANCHOR: stage5_write
        todo!("stage 5: write")
        // ANCHOR_END: stage5_write
    }

    /// Reads the tag and what follows it.
    fn read(reader: &mut Reader<'_>, depth_left: usize) -> Result<Self, DecodeError> {
        // ANCHOR: stage5_read
        todo!("stage 5: read")
        // ANCHOR_END: stage5_read
    }

    fn tag(&self) -> Tag {
        match self {
            Self::Text(_) => Tag::Text,
            Self::Bytes(_) => Tag::Bytes,
            Self::Integer(_) => Tag::Integer,
            Self::Float(_) => Tag::Float,
            Self::Boolean(_) => Tag::Boolean,
            Self::Absent => Tag::Absent,
            Self::List(_) => Tag::List,
        }
    }
}

/// Two values are the same if their types are and their bits are: NaN is itself here, and 0.0 is not -0.0.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(two)) => one == two,
            (Self::Bytes(one), Self::Bytes(two)) => one == two,
            (Self::Integer(one), Self::Integer(two)) => one == two,
            (Self::Float(one), Self::Float(two)) => one.to_bits() == two.to_bits(),
            (Self::Boolean(one), Self::Boolean(two)) => one == two,
            (Self::List(one), Self::List(two)) => one == two,
            (one, two) => one.tag() == Tag::Absent && two.tag() == Tag::Absent,
        }
    }
}

impl Eq for Value {}

/// At most [`MAX_BYTES`], as [`Value::encode`] has checked.
fn write_len(out: &mut Vec<u8>, len: usize) {
    out.extend((len as u32).to_le_bytes());
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    write_len(out, bytes.len());
    out.extend(bytes);
}

/// What is left of the input.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, left) = self.0.split_at_checked(len).ok_or(DecodeError::Truncated)?;
        self.0 = left;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, left) = self.0.split_first_chunk().ok_or(DecodeError::Truncated)?;
        self.0 = left;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        self.array().map(|[byte]| byte)
    }

    fn eight(&mut self) -> Result<[u8; 8], DecodeError> {
        self.array()
    }

    fn len(&mut self) -> Result<usize, DecodeError> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }

    fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = self.len()?;
        self.take(len)
    }

    fn text(&mut self) -> Result<&'a str, DecodeError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| DecodeError::Utf8)
    }
}
