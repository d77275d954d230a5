//! Which packages a change of the lock file or of the workspace's versions reaches.
//!
//! A new lab brings packages of its own, and the proofs of the other labs say nothing about those. So the two files that every
//! lab shares are compared by what they say of each package, and a lab is reached where its own closure has one that differs. What
//! is said of all (profiles, lints, the edition) reaches all.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use toml::{Table, Value};

/// A package of a lock file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Package {
    name: String,
    version: String,
}

/// What is locked of it: where it is from with its checksum, and what it depends on. Of a dependency the file gives the
/// version only where it has two, so one that is new elsewhere would look like a change here: hence packages and not texts.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    from: [Option<String>; 2],
    needs: BTreeSet<Package>,
}

impl Entry {
    /// A package of this workspace: it asks for what the root's manifest says.
    fn is_ours(&self) -> bool {
        self.from == [None, None]
    }
}

type Locked = BTreeMap<Package, Entry>;

/// The packages that differ, or all of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Changed {
    /// What is locked of these, or the versions and features that the workspace asks of those.
    Packages(BTreeSet<Package>, BTreeSet<String>),
    /// Something that is said of all of them.
    Everything,
}

impl Changed {
    /// Whether the closure of a package has one that differs.
    pub(super) fn reaches(&self, package: &str, lock: &str) -> anyhow::Result<bool> {
        Ok(match self {
            Self::Everything => true,
            Self::Packages(locked_otherwise, asked_otherwise) => {
                let lock = locked(lock)?;
                closure(package, &lock).iter().any(|package| {
                    let asks = lock.get(package).filter(|entry| entry.is_ours());
                    let mut needs = asks.into_iter().flat_map(|entry| &entry.needs);
                    locked_otherwise.contains(package)
                        || needs.any(|need| asked_otherwise.contains(&need.name))
                })
            }
        })
    }
}

/// What differs between two lock files and two root manifests.
pub(super) fn changed(locks: (&str, &str), manifests: (&str, &str)) -> anyhow::Result<Changed> {
    let (before, after) = (locked(locks.0)?, locked(locks.1)?);
    let locked_otherwise = differing(&before, &after);
    let (mut before, mut after) = (parse(manifests.0)?, parse(manifests.1)?);
    let asked_otherwise = differing(&take_versions(&mut before), &take_versions(&mut after));
    Ok(if before == after {
        Changed::Packages(locked_otherwise, asked_otherwise)
    } else {
        Changed::Everything
    })
}

/// The keys whose values are not the same on both sides.
fn differing<K: Ord + Clone, V: PartialEq>(
    before: &BTreeMap<K, V>,
    after: &BTreeMap<K, V>,
) -> BTreeSet<K> {
    let keys = before.keys().chain(after.keys());
    keys.filter(|key| before.get(*key) != after.get(*key))
        .cloned()
        .collect()
}

/// `[workspace.dependencies]` by package, taken out of the manifest.
fn take_versions(manifest: &mut Table) -> BTreeMap<String, Value> {
    let workspace = manifest.get_mut("workspace").and_then(Value::as_table_mut);
    let versions = workspace.and_then(|workspace| workspace.remove("dependencies"));
    let Some(Value::Table(versions)) = versions else {
        return BTreeMap::new();
    };
    // `rusty = { package = "rust", .. }` is locked as `rust`.
    let named = |(key, asked): (String, Value)| {
        let package = asked.get("package").and_then(Value::as_str);
        (package.map_or(key, str::to_owned), asked)
    };
    versions.into_iter().map(named).collect()
}

/// The package of this workspace with that name, and all that it depends on.
fn closure(name: &str, lock: &Locked) -> BTreeSet<Package> {
    let mut closure = BTreeSet::new();
    let mut open: Vec<&Package> = lock.keys().filter(|package| package.name == name).collect();
    while let Some(package) = open.pop() {
        if closure.insert(package.clone()) {
            open.extend(lock.get(package).into_iter().flat_map(|entry| &entry.needs));
        }
    }
    closure
}

fn locked(lock: &str) -> anyhow::Result<Locked> {
    let table = parse(lock)?;
    let packages = table.get("package").and_then(Value::as_array);
    let packages: Vec<&Value> = packages.into_iter().flatten().collect();
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut versions: BTreeMap<String, String> = BTreeMap::new();
    for entry in &packages {
        let name = text(entry, "name").context("a package of the lock file has no name")?;
        versions.insert(name, text(entry, "version").unwrap_or_default());
    }
    // `name`, or where there are two of it `name 1.2.3`, or `name 1.2.3 (source)`.
    let need = |words: &str| {
        let mut words = words.split(' ');
        let name = words.next().unwrap_or_default();
        let version = words.next().map(str::to_owned);
        Package {
            version: version
                .or_else(|| versions.get(name).cloned())
                .unwrap_or_default(),
            name: name.to_owned(),
        }
    };
    let entry = |entry: &&Value| {
        let needs = entry.get("dependencies").and_then(Value::as_array);
        let needs = needs.into_iter().flatten().filter_map(Value::as_str);
        let package = Package {
            name: text(entry, "name").unwrap_or_default(),
            version: text(entry, "version").unwrap_or_default(),
        };
        let entry = Entry {
            from: [text(entry, "source"), text(entry, "checksum")],
            needs: needs.map(need).collect(),
        };
        (package, entry)
    };
    Ok(packages.iter().map(entry).collect())
}

fn parse(text: &str) -> anyhow::Result<Table> {
    text.parse().context("a lock file or manifest is no TOML")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4
[[package]]
name = "feed-solution"
dependencies = ["tokio", "redis 1.8.0"]
[[package]]
name = "search-solution"
dependencies = ["tokio"]
[[package]]
name = "tokio"
source = "registry"
version = "1.0"
[[package]]
name = "redis"
source = "registry"
version = "1.8.0"
dependencies = ["itoa"]
[[package]]
name = "itoa"
source = "registry"
version = "1.0"
"#;
    const MANIFEST: &str = r#"
[workspace]
resolver = "3"
[workspace.dependencies]
tokio = "1"
redis = { version = "1.8", features = ["aio"] }
[profile.dev]
debug = false
"#;

    fn reached(lock: &str, manifest: &str) -> Vec<&'static str> {
        let changed = changed((LOCK, lock), (MANIFEST, manifest)).unwrap();
        let packages = ["feed-solution", "search-solution"].into_iter();
        packages
            .filter(|package| changed.reaches(package, lock).unwrap())
            .collect()
    }

    #[test]
    fn a_new_package_reaches_nobody_who_does_not_use_it() {
        let lock = format!("{LOCK}[[package]]\nname = \"moka\"\nversion = \"0.12\"\n");
        let manifest = MANIFEST.replace("tokio =", "moka = \"0.12\"\ntokio =");
        assert_eq!(reached(&lock, &manifest), Vec::<&str>::new());
    }

    #[test]
    fn another_version_reaches_whoever_stands_on_it() {
        let lock = LOCK.replace(
            "name = \"itoa\"\nsource = \"registry\"\nversion = \"1.0\"",
            "name = \"itoa\"\nsource = \"registry\"\nversion = \"1.1\"",
        );
        assert_eq!(reached(&lock, MANIFEST), ["feed-solution"]);
        let lock = LOCK.replace(
            "name = \"tokio\"\nsource = \"registry\"\nversion = \"1.0\"",
            "name = \"tokio\"\nsource = \"registry\"\nversion = \"1.1\"",
        );
        assert_eq!(
            reached(&lock, MANIFEST),
            ["feed-solution", "search-solution"]
        );
    }

    #[test]
    fn a_second_version_reaches_nobody_who_keeps_the_first() {
        let second = "[[package]]\nname = \"itoa\"\nversion = \"2.0\"\n";
        let lock = LOCK.replace("[\"itoa\"]", "[\"itoa 1.0\"]") + second;
        assert_eq!(reached(&lock, MANIFEST), Vec::<&str>::new());
        let lock = LOCK.replace("[\"itoa\"]", "[\"itoa 2.0\"]") + second;
        assert_eq!(reached(&lock, MANIFEST), ["feed-solution"]);
    }

    #[test]
    fn another_feature_reaches_whoever_uses_the_package() {
        let manifest = MANIFEST.replace("[\"aio\"]", "[\"aio\", \"script\"]");
        assert_eq!(reached(LOCK, &manifest), ["feed-solution"]);
    }

    #[test]
    fn a_package_by_another_name_is_the_package() {
        let manifest = MANIFEST.replace(
            "tokio = \"1\"",
            "rt = { package = \"tokio\", version = \"1\" }",
        );
        assert_eq!(
            reached(LOCK, &manifest),
            ["feed-solution", "search-solution"]
        );
    }

    #[test]
    fn what_somebody_new_asks_for_reaches_nobody_who_had_it_by_others() {
        let manifest = MANIFEST.replace("tokio =", "itoa = \"1\"\ntokio =");
        assert_eq!(reached(LOCK, &manifest), Vec::<&str>::new());
    }

    #[test]
    fn what_is_said_of_all_reaches_all() {
        let manifest = MANIFEST.replace("debug = false", "debug = true");
        assert_eq!(
            reached(LOCK, &manifest),
            ["feed-solution", "search-solution"]
        );
    }

    #[test]
    fn what_is_no_toml_is_an_error() {
        assert!(changed((LOCK, "<<<<<<< HEAD"), (MANIFEST, MANIFEST)).is_err());
    }
}
