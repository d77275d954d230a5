//! `break`: a design that looks right, run until it fails.

use super::Context;
use crate::exit::{Exit, Stop};
use crate::names;

pub(super) fn run(context: &Context, typed: &[String]) -> anyhow::Result<Exit> {
    let (lab, design) = match typed {
        [lab, design] => (context.lab(Some(lab))?, design),
        [design] => (context.lab(None)?, design),
        _ => {
            return Err(Stop::usage(
                "Which design? `cargo lab break <lab> <design>`",
            ));
        }
    };
    let _broken = names::design(&lab, design)?;
    Err(Stop::usage("nothing here yet"))
}
