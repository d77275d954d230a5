//! A statement, as far as advice needs it: its SELECTs, and what each asks of its tables.
//!
//! Why not the parser's tree all over: it has some hundred kinds of nodes, and every rule would walk it again. The facts here are few, and
//! **hold no literal**: of `total > 900` remains that `total` is compared with a number. So no advice that is made of facts can tell a secret.
//! Only a rewrite sees the tree. What must stay true: no text makes this panic, hang, or take memory without bound.

pub mod access;
pub(crate) mod columns;
pub(crate) mod condition;
pub mod facts;
mod from;
pub(crate) mod keys;
mod read;

use std::fmt;

use sqlparser::ast;
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use facts::{Block, Kind};

/// The longest statement that is parsed, in bytes. What is longer is an INSERT of many rows or a list of many values, for which there is other advice.
pub const MAX_BYTES: usize = 256 << 10;
/// The most operators and keywords in a statement. A chain of them is a tree as deep as the chain is long, and what is as deep is dropped by as many calls.
/// Twice as many still fit into a thread's 2 MiB of a debug build.
pub const MAX_OPERATORS: usize = 2_000;
/// How deep parentheses may nest. The parser refuses a tree of 50 levels itself; it tries some parentheses in two ways, and this keeps away from where that could take long.
pub const MAX_DEPTH: usize = 30;

/// A statement that was understood. It cannot be copied: a copy of a deep tree takes far more of the stack than walking it does.
pub struct Statement {
    tree: ast::Statement,
    operators: usize,
    conditional: bool,
    kind: Kind,
    blocks: Vec<Block>,
}

/// Why a statement was not understood. It holds no part of the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Longer than [`MAX_BYTES`].
    #[error("a statement of {bytes} bytes: at most {MAX_BYTES} are parsed")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// More than [`MAX_OPERATORS`].
    #[error("more than {MAX_OPERATORS} operators and keywords")]
    TooManyOperators,
    /// Deeper than [`MAX_DEPTH`].
    #[error("parentheses nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// The parser does not know it, or the server does not either. The place is 0, 0 at the end.
    #[error("not understood, at line {line}, column {column}")]
    NotUnderstood {
        /// Counted from 1.
        line: u64,
        /// Counted from 1.
        column: u64,
    },
    /// No statement, or more than one.
    #[error("{0} statements, where one was expected")]
    NotOne(usize),
}

impl Statement {
    /// Reads a statement of MySQL or MariaDB.
    ///
    /// # Errors
    ///
    /// What is too long, too deep, or not understood; a [`ParseError`] has no part of `sql` in it.
    pub fn parse(sql: &str) -> Result<Self, ParseError> {
        let (tree, operators) = tree(sql)?;
        let (kind, blocks) = read::statement(&tree);
        Ok(Self {
            tree,
            operators,
            conditional: sql.contains("/*!") || sql.contains("/*M!"),
            kind,
            blocks,
        })
    }

    /// What it does.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its SELECTs, the outermost first, each before those in it. An UPDATE or a DELETE is one too.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// How many operators and keywords it has: its tree is at most as deep.
    pub(crate) fn operators(&self) -> usize {
        self.operators
    }

    /// Whether it has a comment that some servers execute: `/*!80000 AND a = 1 */`. The parser takes it for code whatever the version.
    pub(crate) fn is_conditional(&self) -> bool {
        self.conditional
    }

    /// The parser's tree, with literals as they were written.
    pub(crate) fn tree(&self) -> &ast::Statement {
        &self.tree
    }
}

/// Without literals: whatever is logged by `{:?}` must not tell them.
impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("kind", &self.kind)
            .field("blocks", &self.blocks)
            .finish_non_exhaustive()
    }
}

/// Parses one statement, and counts its operators. Literals stay as they are written, so that they can be written back: undone, `'a\\n'` would come back as a line feed.
pub(crate) fn tree(sql: &str) -> Result<(ast::Statement, usize), ParseError> {
    if sql.len() > MAX_BYTES {
        return Err(ParseError::TooLong { bytes: sql.len() });
    }
    let dialect = MySqlDialect {};
    let tokens = Tokenizer::new(&dialect, sql)
        .with_unescape(false)
        .tokenize_with_location();
    let tokens = tokens.map_err(|error| ParseError::NotUnderstood {
        line: error.location.line,
        column: error.location.column,
    })?;
    let operators = bounded(tokens.iter().map(|token| &token.token))?;
    let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens);
    let mut statements = parser
        .parse_statements()
        .map_err(|error| place(&error.to_string()))?;
    match (statements.pop(), statements.len()) {
        (Some(statement), 0) => Ok((statement, operators)),
        (Some(_), before) => Err(ParseError::NotOne(before + 1)),
        (None, _) => Err(ParseError::NotOne(0)),
    }
}

/// How many operators and keywords there are. Refuses what would make a tree too deep to walk.
fn bounded<'a>(tokens: impl Iterator<Item = &'a Token>) -> Result<usize, ParseError> {
    let (mut operators, mut depth) = (0, 0_usize);
    for token in tokens {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "a hundred tokens, most of them operators"
        )]
        match token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            Token::Word(word) if word.keyword == sqlparser::keywords::Keyword::NoKeyword => {}
            Token::Whitespace(_) | Token::Comma | Token::Period | Token::Number(..) => {}
            Token::SingleQuotedString(_)
            | Token::DoubleQuotedString(_)
            | Token::HexStringLiteral(_) => {}
            Token::NationalStringLiteral(_) | Token::SemiColon | Token::EOF => {}
            _ => operators += 1,
        }
        if depth > MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        if operators > MAX_OPERATORS {
            return Err(ParseError::TooManyOperators);
        }
    }
    Ok(operators)
}

/// The place in the parser's message, `.. at Line: 1, Column: 8`: the rest of it quotes the statement.
fn place(message: &str) -> ParseError {
    let place = message.rsplit_once(" at Line: ").and_then(|(_, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        Some((line.parse().ok()?, column.parse().ok()?))
    });
    let (line, column) = place.unwrap_or((0, 0));
    ParseError::NotUnderstood { line, column }
}
