//! `doctor`: what is here, what the labs would use, what is missing and what mends it.
//!
//! Questions to programs run at the same time, each with a limit, so the answer takes as long as the slowest.

use super::{Context, print_json};
use crate::exit::Exit;
use crate::machine;
use crate::render::doctor;

pub(super) fn run(context: &Context, json: bool) -> anyhow::Result<Exit> {
    let report = machine::examine(context.root());
    if json {
        print_json(&doctor::json(&report))?;
    } else {
        print!("{}", doctor::report(&context.page, &report));
    }
    Ok(if report.is_fine() {
        Exit::Ok
    } else {
        Exit::Environment
    })
}
