//! The output, for people and for programs.

pub mod asides;
mod decided;
pub mod fix;
pub mod json;
pub mod live;
mod style;
pub mod table;
pub mod text;

pub use style::Style;
pub use table::Report;
