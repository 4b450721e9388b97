//! The parts of the program `counterfoil-server`: its [`Config`], and [`run`], which serves by it.
//!
//! To mount the endpoints in a server of your own, use the crate `counterfoil` itself.

mod app;
pub mod config;
mod log;
mod operate;
mod run;
mod store;
mod vouched;

pub use config::Config;
pub use run::{RunError, check, run};
