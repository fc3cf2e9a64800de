//! The doctor's own words, in English and Chinese.

use wukongim_auth::diagnosis::{Alteration, Language};

use crate::finding::Ranking;
use crate::line::Elsewhere;

#[derive(Clone, Copy)]
pub struct Text {
    english: &'static str,
    chinese: &'static str,
}

impl Text {
    pub const fn of(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => self.chinese,
            _ => self.english,
        }
    }
}

const fn text(english: &'static str, chinese: &'static str) -> Text {
    Text { english, chinese }
}

pub const SUMMARY: Text = text("failed checks", "次校验失败");
pub const COMMA: Text = text(", ", "，");
pub const LINES: Text = text("lines", "行");
pub const CUT: Text = text("over-long lines cut", "行过长，已截断");
pub const NOTHING: Text = text("No failed check found.", "没有发现校验失败。");
pub const COUNT: Text = text("count", "次数");
pub const FIRST: Text = text("first (UTC)", "最早（UTC）");
pub const LAST: Text = text("last (UTC)", "最近（UTC）");
pub const WHY: Text = text("why", "依据");
pub const FIX: Text = text("fix", "处理");
pub const SEE: Text = text("see", "查看");
pub const WHEN: Text = text("when", "分布");
pub const EXAMPLE: Text = text("e.g.", "示例");
pub const HOURS: Text = text("h each", "小时一格");
pub const UIDS: Text = text("Users with most failures", "失败最多的用户");
pub const APPROXIMATE: Text = text(
    "~ more users than are counted at once: the true count may be higher by as much as",
    "~ 用户数超出计数上限，实际次数最多可能再多",
);
pub const NOT_THE_TOKEN: Text = text("Not the token", "与 token 无关");
pub const ZONES: Text = text(
    "Times without a zone are taken as UTC.",
    "没有时区的时间按 UTC 处理。",
);
pub const OR: Text = text(" or ", " 或 ");
pub const UNNAMED_FLAG: Text = text(
    "(the client's: 0 APP, 1 WEB, 2 PC)",
    "(与客户端一致：0 APP、1 WEB、2 PC)",
);
pub const OTHER_FLAG: Text = text("(the one that it was issued for)", "(签发该 token 时的值)");
pub const NO_FIX: Text = text("See the crate's documentation.", "请参阅本库文档。");

pub const fn ranking(ranking: Ranking) -> Text {
    match ranking {
        Ranking::EmptyInV1 => text(
            "WuKongIM v1 logs an empty expectToken for all of these alike, and its conn part is not filled in yet. Most often the token was registered under another device_flag: 0 for a JS SDK, which connects as 1.",
            "WuKongIM v1 在这些情况下记录的 expectToken 都为空，conn 部分此时也尚未填写。最常见的是 token 注册到了另一个 device_flag：JS SDK 以 1 连接，注册时却用了 0。",
        ),
        Ranking::EmptyInEither => text(
            "An empty expectToken, in a line that does not show whether v1 or v2 wrote it. Most often the token was registered under another device_flag: 0 for a JS SDK, which connects as 1.",
            "expectToken 为空，且无法判断该行由 v1 还是 v2 写出。最常见的是 token 注册到了另一个 device_flag：JS SDK 以 1 连接，注册时却用了 0。",
        ),
        Ranking::NothingUnderFlag => text(
            "Nothing was ever issued under the client's device flag; the line does not show what the user's other flags hold. Most often the token was registered under another device_flag.",
            "客户端所用的 device_flag 从未签发过 token；日志看不出该用户其他 device_flag 的情况。最常见的是 token 注册到了另一个 device_flag。",
        ),
        Ranking::NoError => text(
            "The line has lost its error: \"not found\" says that nothing was ever issued under the client's device flag, any other that the store failed.",
            "该行缺少 error：\"not found\" 表示客户端所用的 device_flag 从未签发过 token，其他内容表示存储出错。",
        ),
        Ranking::Alike => text(
            "A token is registered under the client's flag, and both tokens look alike: most often the client kept the one from before the last POST /user/token.",
            "客户端所用的 device_flag 下已注册 token，且两个 token 形式相同：最常见的是客户端仍在使用最近一次 POST /user/token 之前的 token。",
        ),
        Ranking::Unalike => text(
            "A token is registered under the client's flag, but the two do not look alike: most often the client was given another system's token.",
            "客户端所用的 device_flag 下已注册 token，但两个 token 形式不同：最常见的是把其他系统的 token 交给了客户端。",
        ),
        Ranking::Masked => text(
            "The line shows two equal tokens, which cannot fail: something masks them on the way to the log.",
            "日志中的两个 token 相同，不可能因此失败：写入日志时 token 被脱敏了。",
        ),
        Ranking::NoTokens => text(
            "The line does not show both tokens, so that none of these can be ruled out.",
            "日志没有给出两个 token，无法排除其中任何一种。",
        ),
        Ranking::Ambiguous => text(
            "The server could not look up the user's other device flags.",
            "服务端当时无法查询该用户的其他 device_flag。",
        ),
        Ranking::Store => text(
            "What the store leaves: the line does not show enough to tell which device flag or token the client came with.",
            "根据存储内容剩下的可能：日志不足以判断客户端使用的 device_flag 或 token。",
        ),
    }
}

/// What a label stands for.
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
            "The client was logged in, so that its token was right: look at the message encryption (msgKey), and at logins on a second device (kicks).",
            "客户端已经登录，token 是正确的：请检查消息加密（msgKey），以及是否在其他设备登录（被踢下线）。",
        ),
    }
}
