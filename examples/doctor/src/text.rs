//! The doctor's own words, in English and Chinese.

use wukongim_auth::diagnosis::{Alteration, Language};

use crate::finding::{Change, Ranking};
use crate::line::{Elsewhere, Proven};

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

/// The numbers of lines, and of failures.
pub fn summary(lines: u64, failures: u64, language: Language) -> String {
    match language {
        Language::Chinese => format!("共 {lines} 行日志，{failures} 次失败"),
        _ => format!("{failures} failed checks, {lines} lines"),
    }
}

pub const NOTHING: Text = text(
    "No failed check found in what was read.",
    "在所读的日志中没有发现校验失败。",
);
pub const LOOKED_FOR: Text = text(
    "Looked for: token verify fail, token is empty, get device token err, get user token err, UID is empty, and this crate's own refusals.",
    "查找的内容：token verify fail、token is empty、get device token err、get user token err、UID is empty，以及本库自己的拒绝记录。",
);
pub const LOOK_NEXT: Text = text(
    "If clients are refused all the same: is this the log of the server that they reach (ports 5100 TCP, 5200 WebSocket), at a level that has errors? Does the connection arrive at all (TLS, proxies)? Without tokenAuthOn WuKongIM v1 and v2 check nothing and log nothing; v3 logs no wrong token. docs/troubleshooting.md goes on from here.",
    "如果客户端仍被拒绝：这是客户端所连服务器的日志吗（端口 5100 为 TCP，5200 为 WebSocket）？日志级别是否包含 error？连接是否真正到达（TLS、代理）？未开启 tokenAuthOn 时，WuKongIM v1 和 v2 不做校验，也不记录；v3 不记录错误的 token。后续排查见 docs/troubleshooting.zh-CN.md。",
);

/// How many lines of which forms were seen.
pub fn forms([lines, json, gin, tags]: [u64; 4], language: Language) -> String {
    match language {
        Language::Chinese => format!(
            "共 {lines} 行：以 JSON 开头的 {json} 行，gin 的 {gin} 行；WuKongIM 的标记（如【handler】）出现 {tags} 次。"
        ),
        _ => format!(
            "Of {lines} lines, {json} begin as JSON and {gin} are gin's; tags of WuKongIM, as 【handler】, were seen {tags} times."
        ),
    }
}

/// Lines that have a phrase and could not be read.
pub fn unread(count: u64, place: &str, language: Language) -> String {
    match language {
        Language::Chinese => format!(
            "{count} 行含有拒绝记录的字样，但格式无法识别（第一处：{place}）。请查看这些行：结论不包含它们。"
        ),
        _ => format!(
            "{count} lines have a refusal's words in a form that is not known (the first: {place}). Look at them: they are counted nowhere else."
        ),
    }
}

/// Lines of other programs.
pub fn foreign(count: u64, place: &str, language: Language) -> String {
    match language {
        Language::Chinese => {
            format!("{count} 行含有类似字样，但应为其他程序所写（第一处：{place}），未计入。")
        }
        _ => format!(
            "{count} lines have similar words and are another program's, by their form (the first: {place}). They are not counted."
        ),
    }
}

/// What was not asked, and why.
pub fn unasked(count: u64, why: Option<&str>, language: Language) -> String {
    match (language, why) {
        (Language::Chinese, Some(why)) => format!("已停止查询：{why}。{count} 次失败未能查询。"),
        (Language::Chinese, None) => format!("{count} 次失败未查询：用户数超过 --ask-limit。"),
        (_, Some(why)) => {
            format!("Asking was given up: {why}. {count} failures were not asked about.")
        }
        (_, None) => format!("{count} failures were not asked about: more users than --ask-limit."),
    }
}

/// Attempts of one client, as far as its token tells.
pub fn retries(count: u64, all: u64, language: Language) -> String {
    match language {
        Language::Chinese => {
            format!("其中 {count}/{all} 次使用同一个 token：很可能是同一客户端在反复重连。")
        }
        _ => format!(
            "{count} of {all} with one and the same token: most likely one client that retries."
        ),
    }
}

/// A group of which all is in one place, and other groups are elsewhere, too.
pub fn only_on(place: &str, language: Language) -> String {
    match language {
        Language::Chinese => {
            format!("只出现在 {place}：token 可能注册到了别的节点，或者各节点的存储没有共享。")
        }
        _ => format!("only on {place}: registered on another node, or the store is not shared."),
    }
}

pub const COUNT: Text = text("count", "次数");
pub const FIRST: Text = text("first", "最早");
pub const LAST: Text = text("last", "最近");
pub const WHY: Text = text("why", "依据");
pub const FIX: Text = text("fix", "处理");
pub const SEE: Text = text("see", "查看");
pub const WHEN: Text = text("when", "分布");
pub const WHERE: Text = text("on", "位置");
pub const NOTE: Text = text("note", "注意");
pub const EXAMPLE: Text = text("e.g.", "示例");
pub const UIDS: Text = text("Users with most failures", "失败最多的用户");
pub const NOBODY_STANDS_OUT: Text = text(
    "More users than are counted at once, and none of them stands out.",
    "用户数超出计数上限，没有哪个用户特别突出。",
);
pub const APPROXIMATE: Text = text(
    "~ more users than are counted at once: the true count may be higher by as much as",
    "~ 用户数超出计数上限，实际次数最多可能再多",
);
pub const NOT_THE_TOKEN: Text = text("Not the token", "与 token 无关");
pub const ORDINARY: Text = text("Ordinary, no errors", "正常现象，不是错误");
pub const NO_ZONE: Text = text(
    "Times without a Z are as in the log, which names no zone; --tz says which it was.",
    "不带 Z 的时间与日志一致，日志没有写明时区；可用 --tz 指定。",
);
pub const LEFT_OUT: Text = text(
    "lines without a time were left out by --since and --until.",
    "行没有时间，已被 --since、--until 排除。",
);
pub const IF_OWN: Text = text(
    "Is the token that was presented this user's own? The line does not prove it; ask who issued it, or let --ask or --store decide. Only if it is: ",
    "客户端出示的 token 确实是该用户自己的吗？日志无法证明；请向签发方确认，或用 --ask、--store 判断。只有确实是时：",
);
pub const IF_NOT: Text = text(
    " If it is not, issue a new token for this user. Never register a token that is only known from a log: it may be somebody else's, or the manager's.",
    "如果不是，请为该用户签发新的 token。切勿注册仅从日志得知的 token：它可能属于他人，也可能是管理 token。",
);
pub const ACCEPTED_NOW: Text = text(
    "Nothing: the client would be accepted now.",
    "无需处理：该客户端现在会被接受。",
);

pub const YES: Text = text("yes, this token gets in", "能，该 token 可以通过");
pub const NO: Text = text("no,", "不能，");
pub const HIDDEN: Text = text(
    "a token is registered, and the server does not show it",
    "已注册 token，服务端不显示其内容",
);
pub const NONE: Text = text("no token was ever registered", "从未注册 token");
pub const CLEARED: Text = text("the token was cleared", "token 已被清除");

/// Hours of one bar.
pub fn hours(hours: i64, language: Language) -> String {
    match language {
        Language::Chinese => format!("每格 {hours} 小时"),
        _ => format!("{hours} h each"),
    }
}

pub const OR: Text = text(" or ", " 或 ");
pub const UNNAMED_FLAG: Text = text(
    "(the client's: 0 APP, 1 WEB, 2 PC or a number of your own)",
    "(与客户端一致：0 APP、1 WEB、2 PC，或自定义的数字)",
);
pub const OTHER_FLAG: Text = text("(the one that it was issued for)", "(签发该 token 时的值)");
pub const NO_FIX: Text = text("See the crate's documentation.", "请参阅本库文档。");

pub fn ranking(ranking: Ranking, language: Language) -> String {
    match ranking {
        Ranking::Elsewhere(flags) => match language {
            Language::Chinese => format!(
                "服务端的回答：客户端所用的 device_flag 没有 token，{flags} 有；看不出是否为同一个。"
            ),
            _ => format!(
                "The server says: nothing under the client's device flag, and a token under {flags}. Whether it is the same, nothing shows."
            ),
        },
        Ranking::Changed(change) => changed(change, language),
        ranking => order(ranking).of(language).to_owned(),
    }
}

/// What the server says now, and did not then.
fn changed(change: Change, language: Language) -> String {
    let is_chinese = language == Language::Chinese;
    match change {
        Change::Registered if is_chinese => "日志之后已有变化：客户端出示的 token 现在已注册在它所用的 device_flag 下。".to_owned(),
        Change::Registered => "It has changed since the line: the presented token is registered under the client's device flag now.".to_owned(),
        Change::IssuedUnderFlag if is_chinese => "日志之后已有变化：客户端所用的 device_flag 现在已有 token。".to_owned(),
        Change::IssuedUnderFlag => "It has changed since the line: there is a token under the client's device flag now.".to_owned(),
        Change::Holds(flags) if is_chinese => format!("日志之后已有变化：客户端出示的 token 现在注册在 {flags} 下，当时的情况已无法得知。"),
        Change::Holds(flags) => format!("It has changed since the line: the presented token is that of {flags} now. What it was then, nothing shows."),
        Change::Replaced if is_chinese => "日志之后已有变化：日志中的两个 token 现在都没有注册，已被更新的 token 取代。".to_owned(),
        Change::Replaced => "It has changed since the line: neither of its tokens is registered now; a newer one has taken their place.".to_owned(),
    }
}

/// What a decision of the server's answer rests on.
pub fn asked(cause: &Proven, at: Option<&str>, language: Language) -> String {
    let flags = cause
        .flags
        .map(|flags| flags.to_string())
        .unwrap_or_default();
    let is_chinese = language == Language::Chinese;
    let words = match cause.label {
        "issued_for_other_flag" if is_chinese => format!("{flags} 的 token 正是客户端出示的那个"),
        "issued_for_other_flag" => format!("the token of {flags} is the one that was presented"),
        "not_issued_for_flag" if is_chinese => {
            format!("只有 {flags} 有 token，且不是客户端出示的那个")
        }
        "not_issued_for_flag" => {
            format!("only {flags} has a token, and it is not the one that was presented")
        }
        "not_issued" if is_chinese => "该用户没有任何 token".to_owned(),
        "not_issued" => "this user has no token at all".to_owned(),
        "revoked" if is_chinese => "该 token 已被清除".to_owned(),
        "revoked" => "the token was cleared".to_owned(),
        _ if is_chinese => "客户端出示的 token 没有注册在任何 device_flag 下".to_owned(),
        _ => "the token that was presented is registered under no device flag".to_owned(),
    };
    match at {
        Some(at) if is_chinese => format!("{at} 查询：{words}。"),
        Some(at) => format!("asked at {at}; {words}."),
        None if is_chinese => format!("按 token 在存储中查找：{words}。"),
        None => format!("searched for in the store, by the token; {words}."),
    }
}

const fn order(ranking: Ranking) -> Text {
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
        Ranking::NotInStore => text(
            "The store has the presented token for nobody.",
            "存储中没有任何人注册了客户端出示的 token。",
        ),
        Ranking::Possibly => text(
            "Possibly WuKongIM's line: it has the words, and neither its tag nor its fields.",
            "可能是 WuKongIM 的日志：有相同的字样，但没有它的标记和字段。",
        ),
        Ranking::Elsewhere(_) | Ranking::Changed(_) => text("", ""),
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
        Alteration::Json => text("the registered token in JSON", "已注册的 token 外面多了一层 JSON"),
        Alteration::Labelled => text(
            "the registered token with a name before it, as in `token=…`",
            "已注册的 token 前面多了名称，例如 `token=…`",
        ),
        Alteration::Doubled => text("the registered token, written twice", "已注册的 token 重复了一遍"),
        Alteration::Base64 => text("the registered token in base64", "已注册的 token 经过了 base64 编码"),
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
