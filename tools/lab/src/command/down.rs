//! `down`: every server, container, volume, network and state folder of the labs goes, and it looks again.

use super::Context;
use crate::exit::{Exit, Stop};
use crate::page::Page;
use crate::remains::Remains;
use crate::render::doctor;

pub(super) fn run(context: &Context) -> anyhow::Result<Exit> {
    let found = Remains::find(context.root());
    found.remove(context.root());
    print!("{}", doctor::removed(&context.page, &found));
    let left = Remains::find(context.root());
    if left.is_empty() {
        return Ok(Exit::Ok);
    }
    let list = doctor::remaining(&Page::plain(context.page.width), &left);
    Err(Stop::environment(format!(
        "This is still there, perhaps of another user, or tests are running:\n{list}"
    )))
}
