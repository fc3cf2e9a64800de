//! The reason codes of upstream's table.

use core::fmt;

/// The number of a [`ReasonCode`] that upstream's table does not have. It cannot hold a number from
/// the table, so each number has exactly one `ReasonCode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OtherReason(u8);

macro_rules! reason_codes {
    ($($number:literal $name:ident $text:literal),* $(,)?) => {
        /// The reason code in CONNACK and DISCONNECT: one byte, with unknown values preserved.
        ///
        /// ```
        /// use wukongim_auth::frame::ReasonCode;
        ///
        /// assert_eq!(ReasonCode::from(2), ReasonCode::AuthFail);
        /// assert!(matches!(ReasonCode::from(200), ReasonCode::Other(_)));
        /// assert_eq!(u8::from(ReasonCode::from(200)), 200);
        /// assert_eq!(ReasonCode::ConnectKick.to_string(), "connect kick");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ReasonCode {
            $(#[doc = concat!($number, ": ", $text, ".")] $name,)*
            /// A number that upstream's table does not have.
            Other(OtherReason),
        }

        impl ReasonCode {
            /// The number on the wire.
            pub(crate) const fn wire(self) -> u8 {
                match self {
                    $(ReasonCode::$name => $number,)*
                    ReasonCode::Other(OtherReason(number)) => number,
                }
            }
        }

        impl From<u8> for ReasonCode {
            fn from(number: u8) -> Self {
                match number {
                    $($number => ReasonCode::$name,)*
                    other => ReasonCode::Other(OtherReason(other)),
                }
            }
        }

        impl fmt::Display for ReasonCode {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(ReasonCode::$name => f.pad($text),)*
                    ReasonCode::Other(OtherReason(number)) => write!(f, "reason {number}"),
                }
            }
        }
    };
}

reason_codes! {
    0 Unknown "unknown",
    1 Success "success",
    2 AuthFail "auth fail",
    3 SubscriberNotExist "subscriber not exist",
    4 InBlacklist "in blacklist",
    5 ChannelNotExist "channel not exist",
    6 UserNotOnNode "user not on node",
    7 SenderOffline "sender offline",
    8 MsgKeyError "msg key error",
    9 PayloadDecodeError "payload decode error",
    10 ForwardSendPacketError "forward send packet error",
    11 NotAllowSend "not allow send",
    12 ConnectKick "connect kick",
    13 NotInWhitelist "not in whitelist",
    14 QueryTokenError "query token error",
    15 SystemError "system error",
    16 ChannelIdError "channel id error",
    17 NodeMatchError "node match error",
    18 NodeNotMatch "node not match",
    19 Ban "ban",
    20 NotSupportHeader "not support header",
    21 ClientKeyIsEmpty "client key is empty",
    22 RateLimit "rate limit",
    23 NotSupportChannelType "not support channel type",
    24 Disband "disband",
    25 SendBan "send ban",
    26 ChannelDeleting "channel deleting",
    27 ProtocolUpgradeRequired "protocol upgrade required",
    28 IdempotencyConflict "idempotency conflict",
    29 MessageSeqExhausted "message seq exhausted",
}

impl From<ReasonCode> for u8 {
    fn from(code: ReasonCode) -> Self {
        code.wire()
    }
}
