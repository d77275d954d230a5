//! Tokens in, a shape out: literals, lists, repeated SELECTs of a UNION, and the white space between.
//!
//! Why in one pass: a list of a hundred thousand numbers is read once and leaves three bytes. Where a list or a SELECT turns out to be one that is
//! folded, the text that was written of it is taken back. What must stay true: what is written depends on tokens alone.

use super::fold::{Arms, Frame, List};
use super::keyword::{Keyword, keyword};
use super::token::{Token, Tokens};

/// Parentheses nested deeper have their lists and UNIONs written out. No statement that somebody wrote comes near it, and an attacker's
/// megabyte of them must not take 40 times that.
const DEEPEST: usize = 256;

/// Writes the shape of a statement behind what `out` holds, which is nothing.
pub(super) fn write(sql: &[u8], out: &mut Vec<u8>) {
    let mut shape = Shape {
        tokens: Tokens::new(sql),
        out,
        last: Last::Start,
        signs: (0, Last::Start),
        table: false,
        frames: Vec::new(),
        top: Frame::default(),
        deeper: 0,
    };
    shape.write();
}

/// What was written last, as far as the next token asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Last {
    /// Nothing.
    Start,
    /// A name: a parenthesis after it holds its arguments, and a sign is an operator.
    Name,
    /// A value: a sign after it is an operator.
    Literal,
    /// A word that an expression follows.
    Keyword(Keyword),
    Open,
    Close,
    Comma,
    Dot,
    Semicolon,
    /// A sign that belongs to what follows.
    Sign,
    /// A `!` or `~`, which does too.
    Prefix,
    Operator,
    Versioned,
}

pub(super) struct Shape<'a, 'o> {
    pub(super) tokens: Tokens<'a>,
    pub(super) out: &'o mut Vec<u8>,
    pub(super) last: Last,
    /// Where the signs begin that were written last, and what came before them.
    signs: (usize, Last),
    /// The name that was written last is a table's, of which columns may follow.
    table: bool,
    /// The parentheses that are open, from the outermost; the innermost is `top`.
    frames: Vec<Frame>,
    pub(super) top: Frame,
    /// How many are open below the deepest frame.
    deeper: usize,
}

impl<'a> Shape<'a, '_> {
    fn write(&mut self) {
        while let Some(token) = self.tokens.next() {
            match token {
                Token::Word(word) if self.last == Last::Start && is(word, b"use") => {
                    self.out.extend_from_slice(b"use ?");
                    return;
                }
                Token::Word(word) if self.last == Last::Start && is(word, b"call") => {
                    return self.call();
                }
                Token::Word(word) => self.word(word),
                Token::Quoted(name) => self.quoted(name),
                Token::Literal => self.literal(),
                Token::Open => self.open(),
                Token::Close => self.close(),
                Token::Comma => self.punctuation(b',', Last::Comma),
                Token::Dot => self.punctuation(b'.', Last::Dot),
                Token::Semicolon => self.semicolon(),
                Token::Versioned => self.operator(b"/*!?", Last::Versioned),
                Token::VersionedEnd => self.operator(b"*/", Last::Versioned),
                Token::Operator(operator) => self.sign_or_operator(operator),
            }
        }
        self.end();
    }

    /// A statement that was cut has lists that are still open: of how many literals is not its shape.
    fn end(&mut self) {
        loop {
            self.end_arms();
            self.fold_list();
            let Some(outer) = self.frames.pop() else {
                break;
            };
            let other = outer.other || self.top.other;
            self.top = Frame { other, ..outer };
        }
        while self.out.last() == Some(&b';') {
            self.out.pop();
        }
    }

    /// `call orders.close(1, 'x')`: the procedure is the shape.
    fn call(&mut self) {
        self.out.extend_from_slice(b"call");
        self.last = Last::Literal;
        while let Some(token) = self.tokens.next() {
            match token {
                Token::Word(name) => self.name(name),
                Token::Quoted(name) => self.quoted(name),
                Token::Dot => self.punctuation(b'.', Last::Dot),
                Token::Literal
                | Token::Open
                | Token::Close
                | Token::Comma
                | Token::Semicolon
                | Token::Versioned
                | Token::VersionedEnd
                | Token::Operator(_) => return,
            }
        }
    }

    /// The space before something that is no punctuation.
    fn space(&mut self) {
        match self.last {
            Last::Start | Last::Open | Last::Dot | Last::Sign | Last::Prefix => {}
            Last::Name
            | Last::Literal
            | Last::Keyword(_)
            | Last::Close
            | Last::Comma
            | Last::Semicolon
            | Last::Operator
            | Last::Versioned => self.out.push(b' '),
        }
    }

    fn name(&mut self, name: &[u8]) {
        self.space();
        self.out.extend(name.iter().map(u8::to_ascii_lowercase));
        self.last = Last::Name;
    }

    fn quoted(&mut self, name: &[u8]) {
        self.top.other = true;
        let from = self.out.len();
        self.name(name);
        // A name may hold a line feed, or what a terminal takes for a command.
        for byte in &mut self.out[from..] {
            if byte.is_ascii_control() {
                *byte = b' ';
            }
        }
    }

    fn word(&mut self, word: &[u8]) {
        let (from, last) = (self.out.len(), self.last);
        self.name(word);
        let kept = self.out.len() - word.len();
        let keyword = if last == Last::Dot {
            Keyword::Name
        } else {
            keyword(&self.out[kept..])
        };
        match keyword {
            Keyword::Name if last == Last::Keyword(Keyword::Values) && is(word, b"row") => {
                self.last = last;
            }
            Keyword::Name => {}
            Keyword::Null => return self.replace_by_literal(from, last),
            Keyword::Truth if last != Last::Keyword(Keyword::Is) => {
                return self.replace_by_literal(from, last);
            }
            Keyword::Asc => {
                self.out.truncate(from);
                self.last = last;
                return;
            }
            Keyword::Not if last == Last::Keyword(Keyword::Is) => self.last = last,
            // VALUES(column), in what an INSERT does with a duplicate.
            Keyword::Values if matches!(last, Last::Operator | Last::Comma | Last::Open) => {}
            Keyword::Select => {
                if !self.top.selects {
                    self.top.selects = true;
                    self.top.arms.from = kept;
                }
                self.last = Last::Keyword(keyword);
            }
            Keyword::Union => self.union(from),
            Keyword::Limit | Keyword::Order => {
                // Of the UNION, if there is one, and not of its last SELECT.
                self.out.truncate(from);
                self.end_arms();
                self.last = last;
                self.name(word);
                self.last = Last::Keyword(keyword);
            }
            Keyword::Before
            | Keyword::In
            | Keyword::Values
            | Keyword::Truth
            | Keyword::Is
            | Keyword::Not
            | Keyword::Table => self.last = Last::Keyword(keyword),
        }
        self.top.other = true;
        let of_table = self.table && keyword == Keyword::Name;
        self.table = of_table || keyword == Keyword::Table;
        if keyword == Keyword::Limit {
            self.limit();
        }
    }

    fn replace_by_literal(&mut self, from: usize, last: Last) {
        self.out.truncate(from);
        self.last = last;
        self.literal();
    }

    /// `limit 10`, `limit 20, 10` and `limit 10 offset 20` are one.
    fn limit(&mut self) {
        let mut ahead = self.tokens.clone();
        if ahead.next() != Some(Token::Literal) {
            return;
        }
        self.literal();
        self.tokens = ahead.clone();
        let goes_on = match ahead.next() {
            Some(Token::Comma) => true,
            Some(Token::Word(word)) => is(word, b"offset"),
            _ => false,
        };
        if goes_on && ahead.next() == Some(Token::Literal) {
            self.tokens = ahead;
        }
    }

    fn literal(&mut self) {
        if self.last == Last::Sign {
            // The signs belong to it.
            let (from, last) = self.signs;
            self.out.truncate(from);
            self.last = last;
        }
        self.space();
        self.out.push(b'?');
        self.last = Last::Literal;
        self.table = false;
    }

    fn punctuation(&mut self, byte: u8, last: Last) {
        self.out.push(byte);
        self.last = last;
        if last == Last::Dot {
            self.top.other = true;
        } else {
            self.table = false;
        }
    }

    fn semicolon(&mut self) {
        self.end_arms();
        self.punctuation(b';', Last::Semicolon);
        self.top.other = true;
        self.top.selects = false;
    }

    fn operator(&mut self, operator: &[u8], last: Last) {
        self.space();
        self.out.extend_from_slice(operator);
        self.last = last;
        self.top.other = true;
        self.table = false;
    }

    fn sign_or_operator(&mut self, operator: &[u8]) {
        let first = match self.last {
            Last::Name | Last::Literal | Last::Close | Last::Dot => false,
            Last::Keyword(Keyword::Values) => false,
            Last::Keyword(_)
            | Last::Start
            | Last::Open
            | Last::Comma
            | Last::Semicolon
            | Last::Sign
            | Last::Prefix
            | Last::Operator
            | Last::Versioned => true,
        };
        match operator {
            b"+" | b"-" if first => {
                if self.last != Last::Sign {
                    self.signs = (self.out.len(), self.last);
                }
                self.space();
                self.out.extend_from_slice(operator);
                self.last = Last::Sign;
            }
            b"!" | b"~" => self.operator(operator, Last::Prefix),
            _ => self.operator(operator, Last::Operator),
        }
    }

    fn open(&mut self) {
        // A sign before a parenthesis is no literal's.
        self.top.other |= self.last == Last::Sign;
        let list = if self.last == Last::Keyword(Keyword::In) {
            Some(List::In)
        } else if self.last == Last::Keyword(Keyword::Values) {
            Some(List::Values)
        } else {
            None
        };
        let from = self.out.len();
        if self.last != Last::Name || self.table {
            self.space();
        }
        self.out.push(b'(');
        self.last = Last::Open;
        self.table = false;
        if self.frames.len() == DEEPEST {
            self.deeper += 1;
            return;
        }
        self.frames.push(self.top);
        let arms = Arms {
            from: self.out.len(),
            ..Arms::default()
        };
        self.top = Frame {
            from,
            list,
            arms,
            ..Frame::default()
        };
    }

    fn close(&mut self) {
        self.table = false;
        if self.deeper > 0 || self.frames.is_empty() {
            self.deeper = self.deeper.saturating_sub(1);
            return self.punctuation(b')', Last::Close);
        }
        self.end_arms();
        if !self.fold_list() {
            self.out.push(b')');
        }
        self.last = Last::Close;
        if self.top.list == Some(List::Values) {
            self.skip_rows();
        }
        let inner = self.top;
        self.top = self.frames.pop().unwrap_or_default();
        self.top.other |= inner.other;
        if inner.selects && !self.top.selects && self.top.arms.before.is_none() {
            // `(select ..) union (select ..)`: a SELECT of a UNION may begin with its parenthesis.
            self.top.arms.from = inner.from;
        }
    }
}

pub(super) fn is(word: &[u8], keyword: &[u8]) -> bool {
    word.eq_ignore_ascii_case(keyword)
}
