//! What of a shape is taken back: lists of literals, rows of an INSERT, and SELECTs of a UNION that are the one before again.
//!
//! Why after they were written: whether a list holds nothing but literals is known at its end. What must stay true: a list is folded by what is in
//! it, and not by how much.

use super::keyword::Keyword;
use super::shape::{Last, Shape, is};
use super::token::Token;

/// A parenthesis, or the statement itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Frame {
    /// Where `out` stood before it.
    pub(super) from: usize,
    /// It is a list, of literals so far unless `other`.
    pub(super) list: Option<List>,
    /// It holds something that is no literal.
    pub(super) other: bool,
    /// It holds a SELECT.
    pub(super) selects: bool,
    pub(super) arms: Arms,
}

/// What a list comes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    In,
    Values,
}

/// The SELECTs of a UNION.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Arms {
    /// Where the one that is being written begins.
    pub(super) from: usize,
    /// Where the one before lies.
    pub(super) before: Option<(usize, usize)>,
    /// What joins them.
    pub(super) joint: Joint,
    /// What joined those that were folded into the one before.
    pub(super) folded: Option<Joint>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Joint {
    #[default]
    Distinct,
    All,
}

impl Joint {
    fn text(self) -> &'static [u8] {
        match self {
            Self::Distinct => b" union",
            Self::All => b" union all",
        }
    }
}

impl Shape<'_, '_> {
    /// Writes the list that is open as `(?+)`, if it is one of literals.
    pub(super) fn fold_list(&mut self) -> bool {
        // ANCHOR: stage2_fold_list
        let folds = self.top.list.is_some() && !self.top.other;
        if folds {
            self.out.truncate(self.top.from);
            self.out.extend_from_slice(b"(?+)");
        }
        folds
        // ANCHOR_END: stage2_fold_list
    }

    /// Passes the rows of an INSERT after its first: how many there are is not its shape.
    pub(super) fn skip_rows(&mut self) {
        // ANCHOR: stage2_skip_rows
        loop {
            let mut ahead = self.tokens.clone();
            if ahead.next() != Some(Token::Comma) {
                return;
            }
            let mut token = ahead.next();
            if let Some(Token::Word(word)) = token
                && is(word, b"row")
            {
                token = ahead.next();
            }
            if token != Some(Token::Open) {
                return;
            }
            let mut open = 1_usize;
            while open > 0 {
                match ahead.next() {
                    Some(Token::Open) => open += 1,
                    Some(Token::Close) => open -= 1,
                    Some(_) => {}
                    None => open = 0,
                }
            }
            self.tokens = ahead;
        }
        // ANCHOR_END: stage2_skip_rows
    }

    /// UNION joins the SELECT that ends here and the one that follows. `from` is where it was written.
    pub(super) fn union(&mut self, from: usize) {
        self.out.truncate(from);
        self.end_arm();
        let mut ahead = self.tokens.clone();
        let mut joint = Joint::Distinct;
        if let Some(Token::Word(word)) = ahead.next()
            && (is(word, b"all") || is(word, b"distinct"))
        {
            self.tokens = ahead;
            if is(word, b"all") {
                joint = Joint::All;
            }
        }
        self.out.extend_from_slice(joint.text());
        self.last = Last::Keyword(Keyword::Union);
        self.top.selects = true;
        self.top.arms.joint = joint;
        self.top.arms.from = self.out.len();
    }

    /// A SELECT of a UNION ends here. If it is the one before again, it is taken back.
    fn end_arm(&mut self) {
        // ANCHOR: stage2_end_arm
        let arms = self.top.arms;
        let (from, to) = (arms.from.min(self.out.len()), self.out.len());
        let same_joint = arms.folded.is_none_or(|folded| folded == arms.joint);
        let this = self.out[from..to].trim_ascii();
        if let Some((before, end)) = arms.before
            && same_joint
            && !this.is_empty()
            && self.out[before..end].trim_ascii() == this
        {
            self.out.truncate(end);
            self.top.arms.folded = Some(arms.joint);
            return;
        }
        let added = self.note_folded();
        self.top.arms.before = Some((from + added, to + added));
        // ANCHOR_END: stage2_end_arm
    }

    /// Says of the SELECT before that it was there several times; gives the bytes of that.
    fn note_folded(&mut self) -> usize {
        let arms = &mut self.top.arms;
        let (Some((_, end)), Some(joint)) = (arms.before, arms.folded.take()) else {
            return 0;
        };
        let note = [b" /*repeat", joint.text(), b"*/"].concat();
        let tail = self.out.split_off(end);
        self.out.extend_from_slice(&note);
        self.out.extend_from_slice(&tail);
        note.len()
    }

    /// The last SELECT of a UNION ends here.
    pub(super) fn end_arms(&mut self) {
        if self.top.arms.before.is_some() {
            self.end_arm();
            self.note_folded();
        }
        self.top.arms = Arms {
            from: self.out.len(),
            ..Arms::default()
        };
    }
}
