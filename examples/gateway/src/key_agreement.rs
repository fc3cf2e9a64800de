//! The key agreement for session keys: aws-lc-rs, or ring in a build without the feature `aws-lc`.

use wukongim_auth::AcceptOptions;

#[cfg(feature = "aws-lc")]
pub const fn chosen(options: AcceptOptions) -> AcceptOptions {
    options.with_key_agreement(&wukongim_aws_lc::AwsLc)
}

/// ring is the library's default.
#[cfg(not(feature = "aws-lc"))]
pub const fn chosen(options: AcceptOptions) -> AcceptOptions {
    options
}
