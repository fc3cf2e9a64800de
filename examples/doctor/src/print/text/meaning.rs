//! The meaning of the labels.

use wukongim_auth::diagnosis::Alteration;

use super::{Text, text};
use crate::line::Elsewhere;

/// The meaning of a label.
pub fn cause(label: &str) -> Text {
    match label {
        "empty_uid" => text("the client sent no uid", "客户端没有发送 uid"),
        "invalid_uid" => text("the uid contains a control character", "uid 含有控制字符"),
        "unknown_device_flag" => text(
            "the device flag is not one of those allowed",
            "设备标识不在允许的范围内",
        ),
        "empty_token" => text("the client sent no token", "客户端没有发送 token"),
        "store" => text("the server could not read its store", "服务端无法读取存储"),
        "revoked" => text("the registered token was cleared", "注册的 token 已被撤销"),
        "expired" => text("the token has expired", "token 已过期"),
        "superseded" => text(
            "the token was replaced by rotation, and the overlap is over",
            "token 已被轮换，新旧 token 的并存期已过",
        ),
        "manager_token" => text("the token is the manager's", "误用了管理 token"),
        "issued_for_other_flag" => text(
            "the token was issued for another device flag of this user",
            "该 token 是为该用户的另一个设备标识签发的",
        ),
        "altered" => text(
            "the token is the registered one, changed on its way",
            "token 在传递过程中被改动",
        ),
        "placeholder" => text(
            "the client sent a placeholder in place of a token",
            "客户端发来的不是 token，而是占位文本",
        ),
        "not_issued_for_flag" => text(
            "no token for this device flag, only for others of this user",
            "该设备标识没有注册 token，该用户的其他设备标识有",
        ),
        "not_issued" => text(
            "no token is registered for this uid and device flag",
            "该 uid 与设备标识没有注册 token",
        ),
        "mismatch" => text("another token is registered", "注册的是另一个 token"),
        _ => text("could not be told", "无法判断"),
    }
}

/// The registered token, and what happened to it.
pub const fn alteration(how: Alteration) -> Text {
    match how {
        Alteration::ByteOrderMark => text(
            "the registered token with a byte order mark before it",
            "已注册的 token 前多了 BOM",
        ),
        Alteration::Blanks => text(
            "the registered token with blanks or line ends around it",
            "已注册的 token 前后多了空白或换行",
        ),
        Alteration::Quotes => text(
            "the registered token with quotes around it",
            "已注册的 token 两侧多了引号",
        ),
        Alteration::Bearer => text(
            "the registered token with `Bearer ` before it",
            "已注册的 token 前多了 `Bearer `",
        ),
        Alteration::PercentEncoded => text(
            "the registered token in percent-encoding",
            "已注册的 token 经过了百分号编码",
        ),
        Alteration::HexCase => text(
            "the registered token with its hexadecimal letters in the other case",
            "已注册的 token 中十六进制字母的大小写变了",
        ),
        Alteration::Truncated => text(
            "the registered token with its end cut off",
            "已注册的 token 末尾被截断",
        ),
        Alteration::Invisible => text(
            "the registered token with invisible characters in it",
            "已注册的 token 里混入了不可见字符",
        ),
        Alteration::Optional => text(
            "the registered token in `Optional(…)`",
            "已注册的 token 外面多了一层 `Optional(…)`",
        ),
        Alteration::Json => text(
            "the registered token in JSON",
            "已注册的 token 外面多了一层 JSON",
        ),
        Alteration::Labelled => text(
            "the registered token with a name before it, as in `token=…`",
            "已注册的 token 前面多了名称，例如 `token=…`",
        ),
        Alteration::Doubled => text(
            "the registered token, written twice",
            "已注册的 token 重复了一遍",
        ),
        Alteration::Base64 => text(
            "the registered token in base64",
            "已注册的 token 经过了 base64 编码",
        ),
        Alteration::Dashes => text(
            "the registered token with dashes between its hexadecimal digits",
            "已注册的 token 的十六进制数字之间多了连字符",
        ),
        _ => text("the registered token, changed", "已注册的 token 被改动"),
    }
}

/// What is wrong instead, and where to look.
pub const fn elsewhere(what: Elsewhere) -> Text {
    match what {
        Elsewhere::NoConnect => text(
            "The first bytes of the connection were no CONNECT: look at what connects to this port (a health check, a browser, TLS to a plain port), and at the client's protocol version.",
            "连接的首个数据包不是 CONNECT：请检查是什么在连接该端口（健康检查、浏览器、用 TLS 连接了明文端口），以及客户端的协议版本。",
        ),
        Elsewhere::Transport => text(
            "TCP, TLS or WebSocket broke: look at certificates, ws:// against wss://, the proxy's upgrade headers and time-outs.",
            "TCP、TLS 或 WebSocket 出错：请检查证书、ws:// 与 wss:// 是否用错、代理的 Upgrade 头和超时设置。",
        ),
        Elsewhere::Manager => text(
            "The manager's token: send managerToken of the server's configuration in the header `token` of API calls, and connect with it only as the manager's uid. No user's token is involved.",
            "管理 token 的问题：调用 API 时请在请求头 `token` 中带上服务端配置的 managerToken；只有管理员 uid 才能用它建立连接。与用户 token 无关。",
        ),
        Elsewhere::IllegalUid => text(
            "The uid contains a character that the server does not allow (@, #, &): choose another uid.",
            "uid 含有服务端不允许的字符（@、#、&）：请更换 uid。",
        ),
        Elsewhere::Banned => text(
            "The user is banned; the token was right.",
            "用户已被封禁，token 是正确的。",
        ),
        Elsewhere::ClientKey => text(
            "The token was right, the client's key for the encryption was not: look at the SDK's version and at clientKey in CONNECT.",
            "token 是正确的，但客户端的加密公钥有误：请检查 SDK 版本以及 CONNECT 中的 clientKey。",
        ),
        Elsewhere::AfterLogin => text(
            "The client was logged in, so that its token was right: look at the message encryption (msgKey).",
            "客户端已经登录，token 是正确的：请检查消息加密（msgKey）。",
        ),
        Elsewhere::Kicked => text(
            "A second login with the level master ended the first: that is what it is for.",
            "以 master 级别再次登录会使前一个连接下线：这是正常行为。",
        ),
        Elsewhere::Idle => text(
            "The connection was closed because nothing came for a while: a client that is gone, or one that was refused and was not told.",
            "连接长时间没有数据而被关闭：客户端已离开，或者被拒绝却没有收到通知。",
        ),
        Elsewhere::ProxyProtocol => text(
            "What stands before the client's bytes is no PROXY header: turn it on in the proxy and in the server, or in neither.",
            "客户端数据之前不是 PROXY 头：代理和服务端要么都开启，要么都关闭。",
        ),
        Elsewhere::GatewayAuth => text(
            "WuKongIM v3 could not decide about the client: look at failure and error in the line. It logs nothing for a wrong token.",
            "WuKongIM v3 无法完成认证：请查看该行的 failure 和 error。token 错误时它不记录日志。",
        ),
    }
}
