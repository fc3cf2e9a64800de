//! The fixes in Chinese (简体中文).

use core::fmt;

use super::context::Context;
use crate::device::{DeviceFlag, Numbered, Numbers};
use crate::refusal::alteration::Alteration;
use crate::refusal::cause::Cause;

pub(super) fn write(fix: &Context<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let own = Numbered(fix.device_flag);
    match fix.cause {
        Cause::EmptyUid => f.write_str(
            "请在连接前把用户的 uid 传给 SDK，它必须与调用 POST /user/token 时的 uid 一致。",
        ),
        Cause::InvalidUid => f.write_str(
            "请去掉 uid 中的控制字符（换行、制表符等），并确保客户端与 POST /user/token 使用同一个 uid。",
        ),
        Cause::UnknownDeviceFlag { allowed, .. } if allowed.is_empty() => f.write_str(
            "请用 Verifier::with_device_flags 指定客户端可以使用的设备标识：目前的集合为空，任何客户端都会被拒绝。",
        ),
        Cause::UnknownDeviceFlag { number, allowed } => {
            let allowed = Numbers(*allowed, "、");
            write!(
                f,
                "请让客户端使用允许的 deviceFlag（{allowed}）连接，并在调用 POST /user/token 注册 token 时传相同的 device_flag。",
            )?;
            match fix.device_flag {
                // The server's own flag: no log line should suggest opening it to clients.
                DeviceFlag::System => Ok(()),
                _ => write!(
                    f,
                    "如果客户端确实要使用 {number}，请用 Verifier::with_device_flags 放行。",
                ),
            }
        }
        Cause::EmptyToken => write!(
            f,
            "客户端连接时没有携带 token。请把通过 POST /user/token 为该 uid 和 device_flag={own} 注册的 token 传给 SDK。",
        ),
        Cause::Store(_) => f.write_str(
            "请查看存储返回的错误：此时无法判断客户端是否合法，不需要更换 token。多数 SDK 会自动重连。",
        ),
        Cause::Revoked { .. } => write!(
            f,
            "注册的 token 已被撤销（例如调用过 POST /user/device_quit）。请调用 POST /user/token 并传 device_flag={own}，重新签发 token，再把新 token 下发给客户端。",
        ),
        Cause::Expired { .. } => write!(
            f,
            "请调用 POST /user/token 并传 device_flag={own}，签发新的 token，并在客户端下次连接之前下发给它。",
        ),
        Cause::Superseded { .. } => write!(
            f,
            "客户端仍在使用轮换前的 token，而新旧 token 的过渡期已过。请把 device_flag={own} 最新的 token 下发给客户端。",
        ),
        Cause::ManagerToken => write!(
            f,
            "客户端误用了管理 token。请调用 POST /user/token 并传 device_flag={own}，为该用户签发 token 并下发给客户端；管理 token 已经暴露给客户端，请立即更换。",
        ),
        Cause::IssuedForOtherFlag { issued_for } if fix.may_be_js_sdk_with_flag_0(*issued_for) => {
            f.write_str(
                "很可能是 JS SDK 使用了 deviceFlag 0：请把它的 deviceFlag 设为 1 (WEB)，即签发该 token 时的值。如果是其他客户端，请调用 POST /user/token 并传 device_flag=0 (APP)，签发该 token。",
            )
        }
        Cause::IssuedForOtherFlag { issued_for } => {
            if fix.facts.device_flag_missing {
                f.write_str("客户端没有发送设备标识，按 APP 处理。")?;
            }
            let issued_for = Numbers(*issued_for, " 或 ");
            write!(
                f,
                "请调用 POST /user/token 并传 device_flag={own}，签发该 token；或者让客户端改用 deviceFlag {issued_for} 连接。",
            )
        }
        Cause::Altered { how } => write!(
            f,
            "请把通过 POST /user/token 为 device_flag={own} 注册的 token 原样传给 SDK：收到的 token {}。",
            what_happened(*how),
        ),
        Cause::Placeholder => write!(
            f,
            "客户端还没有拿到 token 就开始连接了：它发送的是空变量或未填充模板的文本。请先取得通过 POST /user/token 为 device_flag={own} 注册的 token，再连接。",
        ),
        Cause::Ambiguous { .. } => write!(
            f,
            "请查看存储返回的错误。存储恢复之前，可以把客户端的 token 与调用 POST /user/token 时传入的 token 逐一核对：先核对 device_flag={own}，再核对其他 device_flag。",
        ),
        Cause::NotIssuedForFlag { issued_for } => {
            if fix.facts.device_flag_missing {
                f.write_str("客户端没有发送设备标识，按 APP 处理。")?;
            }
            let issued_for = Numbers(*issued_for, " 或 ");
            write!(
                f,
                "请调用 POST /user/token 并传 device_flag={own}，签发 token；或者让客户端改用 deviceFlag {issued_for} 及其对应的 token 连接。",
            )
        }
        Cause::NotIssued => write!(
            f,
            "请在客户端连接之前，调用 POST /user/token 并传该 uid 和 device_flag={own}，签发 token。",
        ),
        Cause::Mismatch => write!(
            f,
            "请把最近一次为该 uid 和 device_flag={own} 调用 POST /user/token 时传入的 token 下发给客户端；每次调用都会使之前的 token 失效。可以在两端核对 len 与 sha256。",
        ),
    }
}

fn what_happened(how: Alteration) -> &'static str {
    match how {
        Alteration::ByteOrderMark => "前面多了 BOM（字节顺序标记）",
        Alteration::Blanks => "前后多了空白或换行",
        Alteration::Invisible => "里混入了不可见字符",
        Alteration::Quotes => "两侧多了引号",
        Alteration::Optional => "外面多了一层 `Optional(…)`",
        Alteration::Json => "外面多了一层 JSON",
        Alteration::Bearer => "前面多了 `Bearer `",
        Alteration::Labelled => "前面多了名称，例如 `token=…`",
        Alteration::PercentEncoded => "经过了百分号编码（URL 编码）",
        Alteration::Doubled => "重复了一遍",
        Alteration::Base64 => "经过了 base64 编码",
        Alteration::Dashes => "的十六进制数字之间多了连字符",
        Alteration::HexCase => "中十六进制字母的大小写变了",
        Alteration::Truncated => "末尾被截断",
    }
}
