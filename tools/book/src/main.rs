//! The book, served: see the library.

fn main() -> std::process::ExitCode {
    book::cli::main()
}
