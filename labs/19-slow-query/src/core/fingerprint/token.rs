//! The tokens of a statement, as MySQL's lexer finds them: enough of it to know where a text, a number or a comment ends.
//!
//! Why no error: a statement that was cut ends in the middle of a text, and that is a text. What must stay true: a token is never empty, so that
//! reading ends; every byte is looked at once, so that it ends in time.

/// A token. Literals have no text: nothing may come of it.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A keyword, an identifier, a variable with its `@`.
    Word(&'a [u8]),
    /// An identifier in backquotes, with them.
    Quoted(&'a [u8]),
    /// A number, a text, a placeholder.
    Literal,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `;`
    Semicolon,
    /// `/*!50100` or `/*M!100100`: what follows is a comment to other servers.
    Versioned,
    /// The `*/` of that.
    VersionedEnd,
    /// Anything else: one operator, of one to three bytes.
    Operator(&'a [u8]),
}

/// Reads tokens. A copy of it looks ahead.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'a> {
    sql: &'a [u8],
    at: usize,
    /// Where the last name ended: a dot directly behind it is between names, and one elsewhere may begin a number.
    name_end: usize,
    /// The last token was such a dot, and digits follow, which are a name.
    after_dot: bool,
    /// A `/*!` is open.
    versioned: bool,
}

/// What a byte may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// White space and what cannot be printed.
    Space,
    /// Letters, `_`, `$`, and every byte of a character that is not ASCII.
    Letter,
    Digit,
    Other,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            0..=b' ' | 0x7f => Class::Space,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | 0x80.. => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

fn class(byte: u8) -> Class {
    CLASSES[usize::from(byte)]
}

fn in_word(byte: u8) -> bool {
    matches!(class(byte), Class::Letter | Class::Digit)
}

impl<'a> Tokens<'a> {
    pub(super) fn new(sql: &'a [u8]) -> Self {
        Self {
            sql,
            at: 0,
            name_end: 0,
            after_dot: false,
            versioned: false,
        }
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.sql.get(self.at + ahead).copied()
    }

    fn rest(&self) -> &'a [u8] {
        &self.sql[self.at..]
    }

    /// The next token; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        self.skip_space();
        let after_dot = std::mem::take(&mut self.after_dot);
        let byte = self.byte(0)?;
        let token = match class(byte) {
            Class::Letter => self.word(),
            Class::Digit if after_dot => Token::Word(self.take_word(0)),
            Class::Digit => self.number(),
            Class::Space | Class::Other => self.other(byte),
        };
        if let Token::Word(_) | Token::Quoted(_) = token {
            self.name_end = self.at;
        }
        Some(token)
    }

    /// White space and comments.
    fn skip_space(&mut self) {
        while let Some(byte) = self.byte(0) {
            match byte {
                _ if class(byte) == Class::Space => self.at += 1,
                b'#' => self.skip_line(),
                // Two minus signs are a comment only before white space: `5--1` is 6.
                b'-' if self.byte(1) == Some(b'-')
                    && self
                        .byte(2)
                        .is_none_or(|after| class(after) == Class::Space) =>
                {
                    self.skip_line();
                }
                b'/' if self.byte(1) == Some(b'*') && !self.is_versioned() => {
                    let end = memchr::memmem::find(&self.rest()[2..], b"*/");
                    self.at = end.map_or(self.sql.len(), |end| self.at + 2 + end + 2);
                }
                _ => return,
            }
        }
    }

    /// Up to the line feed, which is white space.
    fn skip_line(&mut self) {
        let end = memchr::memchr(b'\n', self.rest());
        self.at = end.map_or(self.sql.len(), |end| self.at + end);
    }

    /// `/*!` and MariaDB's `/*M!`: run, if the server is new enough.
    fn is_versioned(&self) -> bool {
        match (self.byte(2), self.byte(3)) {
            (Some(b'!'), _) | (Some(b'M' | b'm'), Some(b'!')) => true,
            (_, _) => false,
        }
    }

    /// The bytes of a word, of which `from` are known to belong to it.
    fn take_word(&mut self, from: usize) -> &'a [u8] {
        let rest = self.rest();
        let mut end = from;
        while rest.get(end).is_some_and(|byte| in_word(*byte)) {
            end += 1;
        }
        self.at += end;
        &rest[..end]
    }

    fn word(&mut self) -> Token<'a> {
        let word = self.take_word(1);
        if let Some(quote @ (b'\'' | b'"')) = self.byte(0)
            && matches!(word, [b'x' | b'X' | b'b' | b'B' | b'n' | b'N'])
        {
            return self.texts(quote);
        }
        if word[0] == b'_' && is_charset(word) {
            // `_utf8mb4'..'`, also with white space between: part of the literal, as drivers add it by the type of a value.
            let mut ahead = self.clone();
            ahead.skip_space();
            if let Some(quote @ (b'\'' | b'"')) = ahead.byte(0) {
                *self = ahead;
                return self.texts(quote);
            }
            if let Some(b'x' | b'X' | b'b' | b'B') = ahead.byte(0)
                && let Some(quote @ (b'\'' | b'"')) = ahead.byte(1)
            {
                *self = ahead;
                self.at += 1;
                return self.texts(quote);
            }
        }
        Token::Word(word)
    }

    /// `1`, `1.5`, `.5`, `1e-5`, `0x1F`, `0b01`; but `2fa_codes` is a word.
    fn number(&mut self) -> Token<'a> {
        // ANCHOR: stage2_number
        todo!("stage 2: number")
        // ANCHOR_END: stage2_number
    }

    /// A text and those directly after it, which MySQL joins: `'a' 'b'` is one. So is `'it''s'`, which is why [`Self::text`] need not know that
    /// a doubled quote stands for one.
    fn texts(&mut self, quote: u8) -> Token<'a> {
        self.text(quote);
        loop {
            let mut ahead = self.clone();
            ahead.skip_space();
            match ahead.byte(0) {
                Some(quote @ (b'\'' | b'"')) => {
                    *self = ahead;
                    self.text(quote);
                }
                Some(_) | None => return Token::Literal,
            }
        }
    }

    /// Passes a text, from its first quote to behind its last, or to the end if it has none.
    fn text(&mut self, quote: u8) {
        // ANCHOR: stage2_text
        todo!("stage 2: text")
        // ANCHOR_END: stage2_text
    }

    /// An identifier in backquotes; a doubled one belongs to it.
    fn quoted(&mut self) -> Token<'a> {
        let rest = self.rest();
        let mut end = 1;
        while let Some(found) = memchr::memchr(b'`', &rest[end..]) {
            end += found + 1;
            if rest.get(end) != Some(&b'`') {
                self.at += end;
                return Token::Quoted(&rest[..end]);
            }
            end += 1;
        }
        self.at = self.sql.len();
        Token::Quoted(rest)
    }

    fn other(&mut self, byte: u8) -> Token<'a> {
        let one = |tokens: &mut Self, token| {
            tokens.at += 1;
            token
        };
        match byte {
            b'(' => one(self, Token::Open),
            b')' => one(self, Token::Close),
            b',' => one(self, Token::Comma),
            b';' => one(self, Token::Semicolon),
            b'?' => one(self, Token::Literal),
            b'\'' | b'"' => self.texts(byte),
            b'`' => self.quoted(),
            b'.' => self.dot(),
            b'@' => self.variable(),
            // NULL, as mysqldump once wrote it.
            b'\\' if self.byte(1) == Some(b'N') => {
                self.at += 2;
                Token::Literal
            }
            b'/' if self.byte(1) == Some(b'*') => {
                self.at += if self.byte(2) == Some(b'!') { 3 } else { 4 };
                self.at += self
                    .rest()
                    .iter()
                    .take(6)
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
                self.versioned = true;
                Token::Versioned
            }
            b'*' if self.versioned && self.byte(1) == Some(b'/') => {
                self.at += 2;
                self.versioned = false;
                Token::VersionedEnd
            }
            _ => self.operator(),
        }
    }

    /// A dot between names, or before the digits of a number.
    fn dot(&mut self) -> Token<'a> {
        let after_name = self.at > 0 && self.name_end == self.at;
        let digit = self.byte(1).is_some_and(|byte| byte.is_ascii_digit());
        if digit && !after_name {
            return self.number();
        }
        self.at += 1;
        self.after_dot = digit;
        Token::Dot
    }

    /// `@name`, `@@global.name`. Of `@'name'` and of `'app'@'%'` the sign is a word of its own.
    fn variable(&mut self) -> Token<'a> {
        let from = if self.byte(1) == Some(b'@') { 2 } else { 1 };
        Token::Word(self.take_word(from))
    }

    fn operator(&mut self) -> Token<'a> {
        let rest = self.rest();
        let length = match rest {
            [b'<', b'=', b'>', ..] | [b'-', b'>', b'>', ..] => 3,
            [b'<', b'=' | b'>' | b'<', ..]
            | [b'>', b'=' | b'>', ..]
            | [b'!' | b':', b'=', ..]
            | [b'|', b'|', ..]
            | [b'&', b'&', ..]
            | [b'-', b'>', ..] => 2,
            _ => 1,
        };
        self.at += length;
        Token::Operator(&rest[..length])
    }
}

/// A character set with `_` before it: all that MySQL 9 and MariaDB 11 know. Without the list, `_id 'x'` would lose a column.
fn is_charset(word: &[u8]) -> bool {
    const CHARSETS: [&[u8]; 42] = [
        b"armscii8",
        b"ascii",
        b"big5",
        b"binary",
        b"cp1250",
        b"cp1251",
        b"cp1256",
        b"cp1257",
        b"cp850",
        b"cp852",
        b"cp866",
        b"cp932",
        b"dec8",
        b"eucjpms",
        b"euckr",
        b"gb18030",
        b"gb2312",
        b"gbk",
        b"geostd8",
        b"greek",
        b"hebrew",
        b"hp8",
        b"keybcs2",
        b"koi8r",
        b"koi8u",
        b"latin1",
        b"latin2",
        b"latin5",
        b"latin7",
        b"macce",
        b"macroman",
        b"sjis",
        b"swe7",
        b"tis620",
        b"ucs2",
        b"ujis",
        b"utf16",
        b"utf16le",
        b"utf32",
        b"utf8",
        b"utf8mb3",
        b"utf8mb4",
    ];
    CHARSETS
        .iter()
        .any(|charset| word[1..].eq_ignore_ascii_case(charset))
}
