//! The fixes in Chinese (简体中文).

use core::fmt;

use super::context::{Context, Number, Numbers};
use crate::cause::{Cause, Deformation};

pub(super) fn write(fix: &Context<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let own = Number(fix.device_flag);
    match fix.cause {
        Cause::EmptyUid => f.write_str(
            "连接前请先把用户的 uid 交给 SDK，须与调用 POST /user/token 时的 uid 相同。",
        ),
        Cause::InvalidUid => f.write_str(
            "uid 不能包含控制字符，客户端与 POST /user/token 须使用同一个 uid。",
        ),
        Cause::UnknownDeviceFlag(_) => f.write_str(
            "请让客户端以 deviceFlag 0 (APP)、1 (WEB)或 2 (PC)连接，并用相同的 device_flag 调用 POST /user/token 注册 token。",
        ),
        Cause::EmptyToken => write!(
            f,
            "客户端连接时没有带 token。请把 POST /user/token 以 device_flag={own} 为该 uid 注册的 token 交给 SDK。",
        ),
        Cause::Store(_) => f.write_str(
            "请查看存储返回的错误：此时无法判断客户端是否合法，存储恢复后客户端会自动重连。",
        ),
        Cause::Revoked { .. } => write!(
            f,
            "上一个 token 已被清除（例如调用过 POST /user/device_quit）。请以 device_flag={own} 调用 POST /user/token 重新签发。",
        ),
        Cause::Expired { .. } => write!(
            f,
            "请以 device_flag={own} 调用 POST /user/token 签发新的 token，并在客户端重新连接之前交给它。",
        ),
        Cause::Superseded { .. } => write!(
            f,
            "客户端仍在使用旧 token，请把 device_flag={own} 最新的 token 交给它。",
        ),
        Cause::ManagerToken => write!(
            f,
            "客户端使用了管理 token。请以 device_flag={own} 调用 POST /user/token 为该用户签发 token 并交给客户端；管理 token 已经泄露给客户端，请立即更换。",
        ),
        Cause::IssuedForOtherFlag { issued_for } if fix.is_js_sdk_with_flag_0(*issued_for) => {
            f.write_str(
                "JS SDK 使用了 deviceFlag 0：请把它的 deviceFlag 设为 1 (WEB)，即该 token 签发时的值；或者以 device_flag=0 (APP)调用 POST /user/token 签发 token。",
            )
        }
        Cause::IssuedForOtherFlag { issued_for } => {
            if fix.facts.device_flag_missing {
                f.write_str("客户端没有发送设备标识，按 APP 处理。")?;
            }
            let issued_for = Numbers(*issued_for, " 或 ");
            write!(
                f,
                "请以 device_flag={own} 调用 POST /user/token 签发 token，或者让客户端以 deviceFlag {issued_for} 连接。",
            )
        }
        Cause::Deformed { how } => write!(
            f,
            "请把 POST /user/token 以 device_flag={own} 注册的 token 原样交给 SDK：收到的 token {}。",
            what_happened(*how),
        ),
        Cause::Undecided { .. } => write!(
            f,
            "请查看存储返回的错误。存储恢复之前，可以把客户端的 token 与以 device_flag={own} 以及其他 device_flag 调用 POST /user/token 时的值逐一核对。",
        ),
        Cause::NotIssuedForFlag { issued_for } => {
            if fix.facts.device_flag_missing {
                f.write_str("客户端没有发送设备标识，按 APP 处理。")?;
            }
            let issued_for = Numbers(*issued_for, " 或 ");
            write!(
                f,
                "请以 device_flag={own} 调用 POST /user/token 签发 token，或者让客户端以 deviceFlag {issued_for} 及其对应的 token 连接。",
            )
        }
        Cause::NotIssued => write!(
            f,
            "请在客户端连接之前，以该 uid 和 device_flag={own} 调用 POST /user/token。",
        ),
        Cause::Mismatch => write!(
            f,
            "请把最近一次以该 uid 和 device_flag={own} 调用 POST /user/token 时的 token 交给客户端；每次调用都会替换之前的 token。可以在两端核对 len 与 sha256。",
        ),
    }
}

fn what_happened(how: Deformation) -> &'static str {
    match how {
        Deformation::ByteOrderMark => "前面多了 BOM（字节顺序标记）",
        Deformation::Blanks => "前后多了空白或换行",
        Deformation::Quotes => "外面多了一层引号",
        Deformation::Bearer => "前面多了 `Bearer `",
        Deformation::PercentEncoded => "被做了百分号编码",
        Deformation::HexCase => "的十六进制字母大小写变了",
        Deformation::CutOff => "末尾被截断了",
    }
}
