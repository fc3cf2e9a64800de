//! Reads files and stdin, and returns the findings in them.

mod interrupt;
mod merge;
mod open;
mod progress;
mod utf_16;

pub use interrupt::Interrupt;
pub use merge::Merge;
pub use open::open;
pub use progress::of_files as progress;
