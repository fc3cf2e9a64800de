//! Values of options that several programs have. Errors are in words for whoever wrote the command line.

use std::time::Duration;

use wukongim_auth::{DeviceFlag, DeviceFlags, Token};

use crate::trusted_networks::TrustedNetworks;

/// A manager token as a header can carry it: anything else would never match.
///
/// # Errors
/// If it is blank, or no header can carry it.
pub fn manager_token(text: &str) -> Result<Token, String> {
    if text.trim().is_empty() {
        return Err("must not be blank".into());
    }
    // A file's last line end is the usual one.
    if text.trim() != text {
        return Err("must not begin or end with whitespace or a line end".into());
    }
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err("must be printable ASCII, as the header that carries it".into());
    }
    Ok(Token::new(text))
}

/// Device flags: `0,1,4`.
///
/// # Errors
/// If one is no byte.
pub fn device_flags(text: &str) -> Result<DeviceFlags, String> {
    text.split(',')
        .map(|number| number.trim().parse::<u8>().map(DeviceFlag::from))
        .collect::<Result<_, _>>()
        .map_err(|_| "must be numbers from 0 to 255 with commas between".into())
}

/// Networks: `10.0.0.0/8,::1`. Empty, nobody is trusted.
///
/// # Errors
/// If one is no network.
pub fn trusted_networks(text: &str) -> Result<TrustedNetworks, String> {
    match text {
        "" => Ok(TrustedNetworks::default()),
        networks => networks.parse().map_err(|error| format!("{error}")),
    }
}

/// A number of seconds.
///
/// # Errors
/// If it is none, or out of this range.
pub fn seconds(text: &str, min: f64, max: f64) -> Result<Duration, String> {
    match text.parse() {
        // This way round, NaN is refused.
        Ok(seconds) if (min..=max).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("not a number of seconds from {min} to {max}")),
    }
}
