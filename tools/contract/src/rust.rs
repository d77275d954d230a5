//! What syn tells of a Rust file: its functions and where their bodies are, and what it includes.
//!
//! Only lines are asked for, so that the text itself stays as its author wrote it: a printed syntax tree would
//! lose the comments, which are half of what a learner reads.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;

use crate::Diagnostics;
use crate::read::SourceFile;

/// A function with a body.
pub(crate) struct Function {
    pub(crate) name: String,
    /// The line of its `{`.
    pub(crate) open: usize,
    /// The line of its `}`.
    pub(crate) close: usize,
    /// Why `todo!` cannot be its body, if it cannot.
    pub(crate) obstacle: Option<&'static str>,
}

/// One `include_str!` (or its like).
pub(crate) struct Include {
    pub(crate) line: usize,
    /// What it names, relative to its file; `None` if that is not a plain string.
    pub(crate) target: Option<String>,
}

pub(crate) fn parse(file: &SourceFile) -> Result<syn::File, Diagnostics> {
    syn::parse_file(&file.text).map_err(|error| {
        let line = error.span().start().line;
        Diagnostics::one(&file.shown, line, format!("not Rust: {error}"))
    })
}

/// Whether the text is Rust as it stands: items, statements or an expression.
pub(crate) fn compiles_alone(text: &str) -> bool {
    use syn::parse::Parser as _;
    syn::parse_file(text).is_ok() || syn::Block::parse_within.parse_str(text).is_ok()
}

pub(crate) fn functions(file: &syn::File) -> Vec<Function> {
    let mut found = Functions(Vec::new());
    found.visit_file(file);
    found.0
}

struct Functions(Vec<Function>);

impl Functions {
    fn add(&mut self, sig: &syn::Signature, block: &syn::Block) {
        self.0.push(Function {
            name: sig.ident.to_string(),
            open: block.brace_token.span.open().start().line,
            close: block.brace_token.span.close().start().line,
            obstacle: obstacle(sig),
        });
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.sig, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.sig, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.add(&item.sig, block);
        }
        syn::visit::visit_trait_item_fn(self, item);
    }
}

fn obstacle(sig: &syn::Signature) -> Option<&'static str> {
    struct ImplTrait(bool);
    impl<'ast> Visit<'ast> for ImplTrait {
        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut opaque = ImplTrait(false);
    opaque.visit_return_type(&sig.output);
    if opaque.0 {
        Some("returns `impl Trait`, and `todo!` is no such type: return a named type or a Box")
    } else if sig.constness.is_some() {
        Some("is `const`, where `todo!` with a text does not compile: take the `const` away")
    } else {
        None
    }
}

/// The includes of a file that parses.
pub(crate) fn includes(file: &SourceFile) -> Vec<Include> {
    let mut found = Vec::new();
    scan(file.text.parse().unwrap_or_default(), &mut found);
    found
}

/// Tokens and not the syntax tree: an include inside another macro's arguments counts as well.
fn scan(tokens: TokenStream, found: &mut Vec<Include>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        if let TokenTree::Ident(name) = token
            && (name == "include_str" || name == "include_bytes")
            && let [TokenTree::Punct(bang), TokenTree::Group(arguments), ..] = &tokens[index + 1..]
            && bang.as_char() == '!'
        {
            let target = syn::parse2::<syn::LitStr>(arguments.stream())
                .ok()
                .map(|literal| literal.value());
            found.push(Include {
                line: name.span().start().line,
                target,
            });
        }
        if let TokenTree::Group(group) = token {
            scan(group.stream(), found);
        }
    }
}
