//! What the command line may say.

/// As it was said.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Args {
    /// One seed and a tenth of the accesses: whether it runs.
    pub quick: bool,
    /// Write what the book shows.
    pub save: bool,
}

impl Args {
    pub fn of(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut args = Self::default();
        for word in words {
            match word.as_str() {
                "--quick" => args.quick = true,
                "--save" => args.save = true,
                _ => return Err(format!("`{word}`? usage: curves [--quick] [--save]")),
            }
        }
        if args.quick && args.save {
            return Err("a quick run is not for keeping: --quick or --save".to_owned());
        }
        Ok(args)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_run_is_not_saved() {
        let of = |words: &[&str]| Args::of(words.iter().map(|&word| word.to_owned()));
        assert!(of(&[]).is_ok_and(|args| !args.quick && !args.save));
        assert!(of(&["--save"]).is_ok_and(|args| args.save));
        assert!(of(&["--quick", "--save"]).is_err());
        assert!(of(&["--fast"]).is_err());
    }
}
