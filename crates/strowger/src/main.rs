//! The command line and the wiring of the server.

fn main() {}
