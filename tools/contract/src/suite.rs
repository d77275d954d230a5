//! The suite's tests, read from its source: `core.rs`, `shell.rs`, `services.rs` and the files they `mod`.
//!
//! A suite has the targets whose root files are there. `core.rs` always is; a lab whose suite needs no server has a
//! `shell.rs` and no `services.rs`. Nothing else says so, in lab.toml or elsewhere, so nothing can disagree about it.
//!
//! Read and not run: `--list` of a test binary would need both targets built, and has no file and no line. A test
//! is a `#[test]`, an attribute that ends in `test` (`#[tokio::test]`), or a function inside `proptest! { }`.

use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

use crate::read::{self, SourceFile};
use crate::{Diagnostics, Lab, rust};

/// One test of the suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteTest {
    /// As the test binary calls it: `stageN::invK_words`.
    pub name: String,
    /// The stage that must make it pass.
    pub stage: u32,
    /// The invariant (its id) that it shows.
    pub invariant: u32,
    /// The test target it is in.
    pub target: Target,
    /// Its file, relative to the workspace's root.
    pub file: PathBuf,
    /// Its line there.
    pub line: usize,
}

/// A test target of a lab's packages, from what needs least to what needs most: each is built with what the ones before
/// it need, and with more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// No runtime and no services; builds without default features.
    Core,
    /// A runtime and no services; builds with the feature `io`.
    Shell,
    /// On real servers; builds with the feature `suite`.
    Services,
}

impl Target {
    /// All there may be, in order.
    pub const ALL: [Self; 3] = [Self::Core, Self::Shell, Self::Services];

    /// Its name for `cargo test --test`, and the stem of its root file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Shell => "shell",
            Self::Services => "services",
        }
    }

    /// The feature that its `[[test]]` requires.
    #[must_use]
    pub fn feature(self) -> Option<&'static str> {
        match self {
            Self::Core => None,
            Self::Shell => Some("io"),
            Self::Services => Some("suite"),
        }
    }

    /// Its root file in tests/NN-topic.
    #[must_use]
    pub fn root(self) -> PathBuf {
        Path::new(self.as_str()).with_extension("rs")
    }
}

/// The test targets of one suite. `core` is always among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Targets {
    shell: bool,
    services: bool,
}

impl Targets {
    /// The core alone.
    pub const CORE: Self = Self {
        shell: false,
        services: false,
    };

    /// Those whose root file is there.
    #[must_use]
    pub fn of(lab: &Lab) -> Self {
        Self::by(|target| lab.contract_dir().join(target.root()).is_file())
    }

    /// Those that `is_there` says are.
    #[must_use]
    pub fn by(is_there: impl Fn(Target) -> bool) -> Self {
        Self {
            shell: is_there(Target::Shell),
            services: is_there(Target::Services),
        }
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(self, target: Target) -> bool {
        match target {
            Target::Core => true,
            Target::Shell => self.shell,
            Target::Services => self.services,
        }
    }

    /// In order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Target> {
        Target::ALL
            .into_iter()
            .filter(move |target| self.has(*target))
    }

    /// The one that needs most.
    #[must_use]
    pub fn highest(self) -> Target {
        self.iter().next_back().unwrap_or(Target::Core)
    }

    /// Those that a build for `highest` has: itself and what needs less.
    #[must_use]
    pub fn up_to(self, highest: Target) -> Self {
        Self::by(|target| self.has(target) && target <= highest)
    }
}

/// What a stage needs: the highest target that has tests of it. The core, if the suite has none.
#[must_use]
pub fn needs(tests: &[SuiteTest], stage: u32) -> Target {
    let own = tests.iter().filter(|test| test.stage == stage);
    own.map(|test| test.target).max().unwrap_or(Target::Core)
}

/// The tests of a lab's suite, in the order of its files.
///
/// # Errors
/// A module that is not there, a file that is not Rust, a test that is not called `stageN::invK_words`, two of one
/// name, or an ignored one.
pub fn index(lab: &Lab) -> Result<Vec<SuiteTest>, Diagnostics> {
    let files = read::tree(lab.root(), &lab.contract_path(), &["rs"])?;
    index_of(&files, &lab.contract_path())
}

/// The same of files in memory; `dir` is the suite's folder in messages.
///
/// # Errors
/// As [`index`].
pub fn index_of(files: &[SourceFile], dir: &Path) -> Result<Vec<SuiteTest>, Diagnostics> {
    let mut reader = Reader {
        files,
        tests: Vec::new(),
        errors: Diagnostics::new(),
    };
    for target in Target::ALL {
        let root = target.root();
        match reader.file(&root) {
            Some(file) => reader.module(file, Path::new(""), &mut Vec::new(), target),
            None if target == Target::Core => reader.errors.push(
                &dir.join(root),
                0,
                "no such file: every suite has a core.rs, and shell.rs or services.rs where it needs them",
            ),
            None => {}
        }
    }
    for (index, test) in reader.tests.iter().enumerate() {
        if let Some(first) = reader.tests[..index]
            .iter()
            .find(|first| first.name == test.name)
        {
            let first = format!("{}:{}", first.file.display(), first.line);
            let message = format!(
                "test `{}` again, it is in {first}: names are unique in the suite",
                test.name
            );
            reader.errors.push(&test.file, test.line, message);
        }
    }
    reader.errors.into_result(reader.tests)
}

struct Reader<'a> {
    files: &'a [SourceFile],
    tests: Vec<SuiteTest>,
    errors: Diagnostics,
}

impl<'a> Reader<'a> {
    fn file(&self, path: &Path) -> Option<&'a SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// `children` is the folder where the file's own modules lie.
    fn module(
        &mut self,
        file: &'a SourceFile,
        children: &Path,
        path: &mut Vec<String>,
        target: Target,
    ) {
        if let Some(syntax) = self.errors.collect(rust::parse(file)) {
            self.items(&syntax.items, file, children, path, target);
        }
    }

    fn items(
        &mut self,
        items: &[syn::Item],
        file: &'a SourceFile,
        dir: &Path,
        path: &mut Vec<String>,
        target: Target,
    ) {
        for item in items {
            if let syn::Item::Fn(item) = item
                && item.attrs.iter().any(is_test)
            {
                if let Some(ignored) = item
                    .attrs
                    .iter()
                    .find(|attr| attr.path().is_ident("ignore"))
                {
                    let line = ignored.pound_token.span.start().line;
                    let message = "an ignored test proves nothing: let it run or delete it";
                    self.errors.push(&file.shown, line, message);
                }
                self.test(&item.sig.ident, file, path, target);
            } else if let syn::Item::Macro(item) = item
                && last_is(&item.mac.path, "proptest")
            {
                for name in functions(item.mac.tokens.clone()) {
                    self.test(&name, file, path, target);
                }
            } else if let syn::Item::Mod(item) = item {
                self.submodule(item, file, dir, path, target);
            }
        }
    }

    fn submodule(
        &mut self,
        item: &syn::ItemMod,
        file: &'a SourceFile,
        dir: &Path,
        path: &mut Vec<String>,
        target: Target,
    ) {
        let name = item.ident.to_string();
        path.push(name.clone());
        if let Some((_, items)) = &item.content {
            self.items(items, file, &dir.join(&name), path, target);
        } else {
            // `#[path]` counts from the file's own folder, and makes the module a root of its own.
            let candidates = match item.attrs.iter().find_map(path_attribute) {
                Some(named) => {
                    let found = file.path.parent().unwrap_or(Path::new("")).join(named);
                    let children = found.parent().unwrap_or(Path::new("")).to_owned();
                    vec![(found, children)]
                }
                None => vec![
                    (dir.join(&name).with_extension("rs"), dir.join(&name)),
                    (dir.join(&name).join("mod.rs"), dir.join(&name)),
                ],
            };
            match candidates
                .iter()
                .find_map(|(found, children)| Some((self.file(found)?, children)))
            {
                Some((found, children)) => self.module(found, children, path, target),
                None => {
                    let line = item.ident.span().start().line;
                    self.errors
                        .push(&file.shown, line, format!("module `{name}` has no file"));
                }
            }
        }
        path.pop();
    }

    fn test(
        &mut self,
        ident: &proc_macro2::Ident,
        file: &SourceFile,
        path: &[String],
        target: Target,
    ) {
        let line = ident.span().start().line;
        let name = path
            .iter()
            .cloned()
            .chain([ident.to_string()])
            .collect::<Vec<_>>()
            .join("::");
        match stage_and_invariant(&name) {
            Some((stage, invariant)) => {
                self.tests.push(SuiteTest {
                    name,
                    stage,
                    invariant,
                    target,
                    file: file.shown.clone(),
                    line,
                });
            }
            None => {
                let message =
                    format!("test `{name}` names no invariant: call it `stageN::invK_words`");
                self.errors.push(&file.shown, line, message);
            }
        }
    }
}

/// N and K of `stageN::invK_words`.
pub(crate) fn stage_and_invariant(name: &str) -> Option<(u32, u32)> {
    let (stage, test) = name.split_once("::")?;
    let (invariant, words) = test.strip_prefix("inv")?.split_once('_')?;
    let stage = stage.strip_prefix("stage")?.parse().ok()?;
    (!words.is_empty() && !words.contains(':')).then_some((stage, invariant.parse().ok()?))
}

fn last_is(path: &syn::Path, name: &str) -> bool {
    path.segments
        .last()
        .is_some_and(|segment| segment.ident == name)
}

fn is_test(attribute: &syn::Attribute) -> bool {
    attribute
        .path()
        .segments
        .last()
        .is_some_and(|segment| segment.ident.to_string().ends_with("test"))
}

fn path_attribute(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else {
        return None;
    };
    let syn::Expr::Lit(syn::ExprLit {
        lit: syn::Lit::Str(path),
        ..
    }) = &pair.value
    else {
        return None;
    };
    pair.path.is_ident("path").then(|| path.value())
}

/// The names after `fn` at the top of a macro's tokens.
fn functions(tokens: TokenStream) -> Vec<proc_macro2::Ident> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let named = tokens.windows(2).filter_map(|pair| match pair {
        [TokenTree::Ident(keyword), TokenTree::Ident(name)] if keyword == "fn" => {
            Some(name.clone())
        }
        _ => None,
    });
    named.collect()
}
