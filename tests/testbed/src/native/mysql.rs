//! Stub.
use super::recipe::Recipe;
use crate::error::Error;
use crate::server::{ServerSpec, Service};
use std::path::Path;

pub(crate) fn recipe(_spec: &ServerSpec, _dir: &Path, _port: u16) -> Result<Recipe, Error> {
    Err(Error::Missing {
        service: Service::Mysql,
        looked_for: "not yet".to_owned(),
    })
}

pub(crate) async fn prepare(_dir: &Path) -> Result<(), Error> {
    Ok(())
}
