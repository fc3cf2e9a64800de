//! Values of options that several programs have. Their errors are for the user of the command line,
//! and in both languages, like the help.

use std::time::Duration;

use wukongim_auth::{DeviceFlag, DeviceFlags, Token};

use crate::trusted_networks::TrustedNetworks;

/// A manager token that a header can carry: any other would never match.
///
/// # Errors
/// If it is only whitespace, or no header can carry it.
pub fn manager_token(text: &str) -> Result<Token, String> {
    if text.trim().is_empty() {
        return Err("must not be blank / 不能为空".into());
    }
    // The usual one is the line end at the end of a file.
    if text.trim() != text {
        return Err(
            "must not begin or end with whitespace or a line end / 首尾不能有空白或换行".into(),
        );
    }
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err("must be printable ASCII, because it is sent in a header / 只能含可打印的 ASCII 字符，因为要放在请求头里".into());
    }
    Ok(Token::new(text))
}

/// Device flags: `0,1,4`.
///
/// # Errors
/// If one is not a byte.
pub fn device_flags(text: &str) -> Result<DeviceFlags, String> {
    text.split(',')
        .map(|number| number.trim().parse::<u8>().map(DeviceFlag::from))
        .collect::<Result<_, _>>()
        .map_err(|_| {
            "must be numbers from 0 to 255, separated by commas / 须为 0 到 255 的数字，以逗号分隔"
                .into()
        })
}

/// Networks: `10.0.0.0/8,::1`. If empty, no proxy is trusted.
///
/// # Errors
/// If one is not a network.
pub fn trusted_networks(text: &str) -> Result<TrustedNetworks, String> {
    match text {
        "" => Ok(TrustedNetworks::default()),
        networks => networks.parse().map_err(|error| format!("{error}")),
    }
}

/// A number of seconds.
///
/// # Errors
/// If it is not a number, or out of this range.
pub fn seconds(text: &str, min: f64, max: f64) -> Result<Duration, String> {
    match text.parse() {
        // NaN is outside every range.
        Ok(seconds) if (min..=max).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!(
            "not a number of seconds from {min} to {max} / 须为 {min} 到 {max} 之间的秒数"
        )),
    }
}
