//! Errors of accepting a verified client.

use crate::refusal::{Disposition, Fix};
use crate::token::RandomError;
use crate::wire::ReasonCode;
use crate::wire::frame::EncodeError;

/// The token was valid but the connection could not be accepted.
///
/// ```
/// use wukongim_auth::frame::ReasonCode;
/// use wukongim_auth::session::AcceptError;
/// use wukongim_auth::Disposition;
///
/// let error = AcceptError::ClientKeyMissing;
/// assert_eq!(error.to_string(), "the client sent no key, and session keys are required");
/// assert_eq!(error.disposition(), Disposition::Reject(ReasonCode::ClientKeyIsEmpty));
/// assert_eq!(error.label(), "client_key_missing");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// The client sent no public key, and keys are required.
    #[error("the client sent no key, and session keys are required")]
    ClientKeyMissing,
    /// The client's public key is not 32 bytes of canonical base64, or is a low-order point.
    #[error("the client's key is not a usable X25519 key in base64")]
    ClientKeyInvalid,
    /// The [`Verified`](crate::Verified) is for another user or kind of device. Always a mistake in
    /// your program.
    #[error("the proof is for another user or device than the handshake")]
    OtherPeer,
    /// The key agreement failed on the server, for example because no random numbers were
    /// available.
    #[error("the key agreement failed")]
    KeyAgreementFailed,
    /// No random numbers were available for the salt.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The reply could not be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

impl AcceptError {
    /// A stable label for metrics.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            AcceptError::ClientKeyMissing => "client_key_missing",
            AcceptError::ClientKeyInvalid => "client_key_invalid",
            AcceptError::OtherPeer => "other_peer",
            AcceptError::KeyAgreementFailed => "key_agreement_failed",
            AcceptError::Random(_) => "random",
            AcceptError::Encode(_) => "encode",
        }
    }

    /// What to do with the connection. If there is a refusal, it has already been written.
    #[must_use]
    pub const fn disposition(&self) -> Disposition {
        match self {
            AcceptError::ClientKeyMissing => Disposition::Reject(ReasonCode::ClientKeyIsEmpty),
            AcceptError::ClientKeyInvalid => Disposition::Reject(ReasonCode::AuthFail),
            AcceptError::OtherPeer
            | AcceptError::KeyAgreementFailed
            | AcceptError::Random(_)
            | AcceptError::Encode(_) => Disposition::CloseForRetry,
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn fix(&self) -> Fix<'static> {
        Fix::text(match self {
            AcceptError::ClientKeyMissing => [
                "Use an SDK that sends its public key in CONNECT, as the official binary SDKs do, or accept clients without keys (KeyPolicy::IfOffered).",
                "请使用会在 CONNECT 中发送公钥的 SDK（官方的二进制协议 SDK 都会发送），或者允许客户端不使用会话密钥（KeyPolicy::IfOffered）。",
            ],
            AcceptError::ClientKeyInvalid => [
                "Let the client send the base64 of its 32-byte X25519 public key, newly generated for each connection, as the official binary SDKs do.",
                "请让客户端发送 32 字节 X25519 公钥的 base64，并且每次连接都重新生成密钥对；官方的二进制协议 SDK 就是这样做的。",
            ],
            AcceptError::OtherPeer => [
                "Answer each handshake with the Verified that was made from its own credentials: your program mixed up two connections.",
                "请用每个握手自己的凭据校验得到的 Verified 来应答它：你的程序混淆了两个连接。",
            ],
            AcceptError::KeyAgreementFailed => [
                "Check the system's random generator, and your KeyAgreement if you set one: session keys need both. Most SDKs reconnect on their own.",
                "请检查系统的随机数生成器；如果设置了自己的 KeyAgreement，也请检查它的实现：协商失败就无法生成会话密钥。多数 SDK 会自动重连。",
            ],
            AcceptError::Random(_) => [
                "Check the system's random generator: session keys cannot be created without it. Most SDKs reconnect on their own.",
                "请检查系统的随机数生成器：没有它就无法生成会话密钥。多数 SDK 会自动重连。",
            ],
            AcceptError::Encode(_) => [
                "Write the reply into a buffer that grows, or into one with room for the whole frame.",
                "请把应答写入可以增长的缓冲区，或者写入足以容纳整个帧的缓冲区。",
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::AcceptError;
    use crate::refusal::Language;
    use crate::token::RandomError;

    /// Not reachable from outside: ring's generators do not fail on demand.
    #[test]
    fn a_failed_generator_has_a_label_and_a_fix() {
        let error = AcceptError::Random(RandomError);
        assert_eq!(error.label(), "random");
        assert!(error.fix().to_string().contains("random generator"));
        let chinese = error.fix().in_language(Language::Chinese).to_string();
        assert!(chinese.contains("随机数生成器"), "{chinese}");
    }
}
