//! The binary behind `cargo lab`; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    lab::main()
}
