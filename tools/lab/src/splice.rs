//! A stage's functions, taken from one version of a file and put into another.
//!
//! By function and not by line: the learner has moved things, added helpers, perhaps dropped the anchors. A
//! function is found by its modules, its impl and its name, and only what is between its braces changes. What
//! cannot be found for certain is refused; nothing is guessed, because it is the learner's file.

use std::ops::Range;
use std::path::{Path, PathBuf};

use contract::regions::{self, Language, Region, SourceFile};
use proc_macro2::Span;
use syn::spanned::Spanned;

/// Why a file is left alone. A whole sentence, with the file in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

/// A function with a body.
#[derive(Debug)]
struct Function {
    /// Modules, impl and name: `mod a`, `impl Window`, `admit`.
    path: Vec<String>,
    signature: Range<usize>,
    /// Between its braces.
    inner: Range<usize>,
    lines: Range<usize>,
}

/// `yours` with the stage's parts as `model` has them.
pub fn replace(shown: &Path, yours: &str, model: &str, stage: u32) -> Result<String, Refusal> {
    let source = |text: &str| SourceFile {
        path: shown.into(),
        shown: shown.into(),
        text: text.to_owned(),
    };
    let model = source(model);
    let wanted = stage_regions(&model, stage)?;
    match Language::of(&model) {
        Some(Language::Rust) => replace_bodies(shown, yours, &model.text, &wanted),
        Some(Language::Script) => Ok(replace_lines(&source(yours), &model, &wanted)),
        None => Ok(yours.to_owned()),
    }
}

/// The stage's regions of a file that the composer made or read.
pub fn stage_regions(file: &SourceFile, stage: u32) -> Result<Vec<Region>, Refusal> {
    let mut found = regions::parse(file).map_err(|error| Refusal(error.to_string()))?;
    found.retain(|region| region.stage == Some(stage));
    Ok(found)
}

/// The whole functions that a stage writes in a Rust file, and the lines where they begin.
pub fn functions(file: &SourceFile, wanted: &[Region]) -> Result<Vec<(usize, String)>, Refusal> {
    let all = parse(&file.shown, &file.text)?;
    let text = |function: &Function| {
        let end = function.inner.end + 1;
        let start = file.text[..function.signature.start]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        (function.lines.start, file.text[start..end].to_owned())
    };
    wanted
        .iter()
        .map(|region| around(&all, region, &file.shown).map(text))
        .collect()
}

fn replace_bodies(
    shown: &Path,
    yours: &str,
    model: &str,
    wanted: &[Region],
) -> Result<String, Refusal> {
    let (theirs, own) = (parse(shown, model)?, parse(shown, yours)?);
    let mut edits = Vec::new();
    for region in wanted {
        let new = around(&theirs, region, shown)?;
        let name = new.path.join(" > ");
        let mut same = own.iter().filter(|function| function.path == new.path);
        let (Some(old), None) = (same.next(), same.next()) else {
            let file = shown.display();
            return Err(Refusal(format!(
                "{file} has no single `{name}`: name it as the skeleton did, or see it with `cargo lab solution` and paste."
            )));
        };
        if squeezed(&yours[old.signature.clone()]) != squeezed(&model[new.signature.clone()]) {
            let (file, line) = (shown.display(), old.lines.start);
            let signature = squeezed(&model[new.signature.clone()]);
            return Err(Refusal(format!(
                "{file}:{line}: `{name}` has another signature than the skeleton's, so its body cannot be replaced. It was: {signature}"
            )));
        }
        edits.push((old.inner.clone(), &model[new.inner.clone()]));
    }
    edits.sort_by_key(|(range, _)| range.start);
    edits.dedup_by_key(|(range, _)| range.start);
    let mut out = yours.to_owned();
    for (range, text) in edits.into_iter().rev() {
        out.replace_range(range, text);
    }
    Ok(out)
}

/// Scripts have no functions: the anchored lines, or the whole file when the learner dropped the anchors.
fn replace_lines(yours: &SourceFile, model: &SourceFile, wanted: &[Region]) -> String {
    let Ok(own) = regions::parse(yours) else {
        return model.text.clone();
    };
    let mut replacements = Vec::new();
    for region in wanted {
        let Some(place) = own.iter().find(|own| own.name == region.name) else {
            return model.text.clone();
        };
        let lines: Vec<_> = region
            .body(&model.text)
            .into_iter()
            .map(str::to_owned)
            .collect();
        replacements.push((place, lines));
    }
    regions::splice(&yours.text, &replacements)
}

fn parse(shown: &Path, text: &str) -> Result<Vec<Function>, Refusal> {
    let file = syn::parse_file(text).map_err(|error| {
        let (file, line) = (shown.display(), error.span().start().line);
        Refusal(format!("{file}:{line}: it does not parse ({error}): mend it, or begin it anew with `cargo lab reset`."))
    })?;
    let mut found = Found {
        text,
        path: Vec::new(),
        functions: Vec::new(),
    };
    found.items(&file.items);
    Ok(found.functions)
}

/// The smallest function around a region.
fn around<'f>(all: &'f [Function], region: &Region, shown: &Path) -> Result<&'f Function, Refusal> {
    let holds = |function: &&Function| {
        function.lines.start < region.open && region.close < function.lines.end
    };
    all.iter()
        .filter(holds)
        .min_by_key(|function| function.lines.len())
        .ok_or_else(|| {
            let (file, line) = (shown.display(), region.open);
            Refusal(format!(
                "{file}:{line}: region `{}` is in no function",
                region.name
            ))
        })
}

fn squeezed(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words
        .join(" ")
        .replace("( ", "(")
        .replace(", )", ")")
        .replace(",)", ")")
        .replace(" )", ")")
}

struct Found<'t> {
    text: &'t str,
    path: Vec<String>,
    functions: Vec<Function>,
}

impl Found<'_> {
    #[allow(clippy::wildcard_enum_match_arm)] // a syntax tree, not a decision
    fn items(&mut self, items: &[syn::Item]) {
        for item in items {
            match item {
                syn::Item::Fn(item) => self.function(&item.vis, &item.sig, &item.block),
                syn::Item::Mod(item) => {
                    if let Some((_, items)) = &item.content {
                        self.within(format!("mod {}", item.ident), |found| found.items(items));
                    }
                }
                syn::Item::Impl(item) => {
                    let own = self.words(item.self_ty.span());
                    let name = match &item.trait_ {
                        Some((of, _)) => format!("impl {} for {own}", self.words(of.span())),
                        None => format!("impl {own}"),
                    };
                    self.within(name, |found| {
                        for item in &item.items {
                            if let syn::ImplItem::Fn(item) = item {
                                found.function(&item.vis, &item.sig, &item.block);
                            }
                        }
                    });
                }
                syn::Item::Trait(item) => self.within(format!("trait {}", item.ident), |found| {
                    for item in &item.items {
                        if let syn::TraitItem::Fn(syn::TraitItemFn {
                            sig,
                            default: Some(block),
                            ..
                        }) = item
                        {
                            found.function(&syn::Visibility::Inherited, sig, block);
                        }
                    }
                }),
                // Nothing else has functions of ours in it.
                _ => {}
            }
        }
    }

    fn within(&mut self, name: String, inside: impl FnOnce(&mut Self)) {
        self.path.push(name);
        inside(self);
        self.path.pop();
    }

    fn words(&self, span: Span) -> String {
        squeezed(&self.text[span.byte_range()])
    }

    fn function(&mut self, vis: &syn::Visibility, sig: &syn::Signature, block: &syn::Block) {
        let (open, close) = (
            block.brace_token.span.open(),
            block.brace_token.span.close(),
        );
        let start = match vis {
            syn::Visibility::Inherited => sig.span(),
            syn::Visibility::Public(_) | syn::Visibility::Restricted(_) => vis.span(),
        };
        let mut path = self.path.clone();
        path.push(sig.ident.to_string());
        self.functions.push(Function {
            path,
            signature: start.byte_range().start..open.byte_range().start,
            inner: open.byte_range().end..close.byte_range().start,
            lines: start.start().line..close.start().line + 1,
        });
    }
}

/// Where a file of a lab's src/ is, as messages name it.
pub fn shown(lab: &contract::Lab, path: &Path) -> PathBuf {
    lab.lab_path().join("src").join(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "//! Docs.\npub struct W;\nimpl W {\n    /// Says.\n    pub fn admit(&self, n: u32) -> bool {\n        // ANCHOR: stage1_admit\n        n < 5\n        // ANCHOR_END: stage1_admit\n    }\n}\nfn other() {\n    // ANCHOR: stage2_other\n    two();\n    // ANCHOR_END: stage2_other\n}\n";

    fn spliced(yours: &str, stage: u32) -> Result<String, Refusal> {
        replace(Path::new("src/w.rs"), yours, MODEL, stage)
    }

    #[test]
    fn only_the_stages_bodies_change_wherever_they_are_now() {
        let yours = "fn helper() {}\nfn other() { mine() }\npub struct W;\nimpl W {\n    pub fn admit(\n        &self,\n        n: u32,\n    ) -> bool {\n        todo!()\n    }\n}\n";
        let got = spliced(yours, 1).unwrap();
        assert!(
            got.contains("n < 5")
                && got.contains("fn other() { mine() }")
                && got.contains("fn helper"),
            "{got}"
        );
        assert!(!got.contains("todo!"), "{got}");
    }

    #[test]
    fn a_renamed_function_a_new_signature_and_a_file_that_does_not_parse_are_refused() {
        let renamed = spliced(
            "struct W; impl W { fn admits(&self, n: u32) -> bool { true } }",
            1,
        )
        .unwrap_err();
        assert!(
            renamed.0.contains("no single `impl W > admit`"),
            "{renamed:?}"
        );
        let signed = spliced(
            "struct W;\nimpl W { pub fn admit(&self) -> bool { true } }",
            1,
        )
        .unwrap_err();
        assert!(
            signed
                .0
                .contains("src/w.rs:2: `impl W > admit` has another signature"),
            "{signed:?}"
        );
        let broken = spliced("fn other( {", 2).unwrap_err();
        assert!(
            broken.0.starts_with("src/w.rs:1: it does not parse"),
            "{broken:?}"
        );
    }

    #[test]
    fn a_stage_is_shown_as_whole_functions() {
        let file = SourceFile {
            path: "w.rs".into(),
            shown: "src/w.rs".into(),
            text: MODEL.to_owned(),
        };
        let wanted = stage_regions(&file, 1).unwrap();
        let shown = functions(&file, &wanted).unwrap();
        assert_eq!(shown[0].0, 5);
        assert!(
            shown[0].1.starts_with("    pub fn admit") && shown[0].1.ends_with('}'),
            "{shown:?}"
        );
    }

    #[test]
    fn a_script_keeps_what_is_around_the_region() {
        let model = "-- ANCHOR: stage2_take\nreturn 1\n-- ANCHOR_END: stage2_take\n";
        let yours =
            "local mine = 1\n-- ANCHOR: stage2_take\n-- stage 2\n-- ANCHOR_END: stage2_take\n";
        let path = Path::new("src/take.lua");
        let got = replace(path, yours, model, 2).unwrap();
        assert_eq!(got, yours.replace("-- stage 2\n", "return 1\n"));
        assert_eq!(replace(path, "return 0\n", model, 2).unwrap(), model);
    }
}
