//! Device flags without a name, and the rules by which a new session displaces others.
//!
//! [`DeviceFlag`], [`DeviceFlags`] and [`DeviceLevel`] are at the root of the crate.
//!
//! ```
//! use wukongim_auth::DeviceFlag;
//!
//! let flag = DeviceFlag::from(4);
//! assert!(matches!(flag, DeviceFlag::Custom(_)));
//! assert_eq!((flag.to_string().as_str(), u8::from(flag)), ("4", 4));
//! ```

mod displacement;
pub(crate) mod flag;
pub(crate) mod flags;
pub(crate) mod level;
mod numbers;

pub use displacement::{Displacement, displacement};
pub use flag::CustomFlag;
pub(crate) use flag::{DeviceFlag, Numbered};
pub(crate) use flags::DeviceFlags;
pub(crate) use level::DeviceLevel;
pub(crate) use numbers::Numbers;
