//! The doctor's own words, in English and Chinese.

mod asides;
mod meaning;
mod problems;
mod why;

use wukongim_auth::diagnosis::Language;

pub use asides::{asking, binary, foreign, left, repeated, unplaced, unread, untimed};
pub use meaning::{alteration, cause, elsewhere};
pub use problems::{UTF_32, ZIP, answer, dump_line, named, system, wanted};
pub use why::{asked, ranking};

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
pub const NOTHING_READABLE: Text = text(
    "No failed check found in the lines that could be read. Those that could not be read may have some.",
    "在能读懂的行中没有发现校验失败；未能读懂的行中可能有。",
);
pub const NOTHING_OF_ITS_OWN: Text = text(
    "No failed check found that has a line of its own here.",
    "没有发现在这份日志中有自身记录的校验失败。",
);
pub const NOTHING_OF_PERIOD: Text = text(
    "No failed check found that is known to be of the period asked for.",
    "没有发现可以确定属于该时间段的校验失败。",
);
pub const LOOKED_FOR: Text = text(
    "Looked for: token verify fail, token is empty, get device token err, get user token err, UID is empty, and this crate's own refusals.",
    "查找的内容：token verify fail、token is empty、get device token err、get user token err、UID is empty，以及本库自己的拒绝记录。",
);
pub const LOOK_NEXT: Text = text(
    "If clients are still rejected: is this the log of the server that they reach (ports 5100 TCP, 5200 WebSocket), at a level that has errors? Does the connection arrive at all (TLS, proxies)? Without tokenAuthOn WuKongIM v1 and v2 check nothing and log nothing; v3 logs no wrong token. docs/troubleshooting.md goes on from here.",
    "如果客户端仍被拒绝：这是客户端所连服务器的日志吗（端口 5100 为 TCP，5200 为 WebSocket）？日志级别是否包含 error？连接是否真正到达（TLS、代理）？未开启 tokenAuthOn 时，WuKongIM v1 和 v2 不做校验，也不记录；v3 不记录错误的 token。后续排查见 docs/troubleshooting.zh-CN.md。",
);

/// The number of lines of each form.
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

/// Attempts of one client, as far as its token shows.
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

/// A group whose failures are all in one place, if other groups are elsewhere, too.
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
pub const IF_OWN: Text = text(
    "Is the token that was presented this user's own? The line does not prove it; ask who issued it, or let --ask or --store decide. Only if it is: ",
    "客户端出示的 token 确实是该用户自己的吗？日志无法证明；请向签发方确认，或用 --ask、--store 判断。只有确实是时：",
);
pub const IF_OWN_BY_TOKEN: Text = text(
    "Is the token that was presented this user's own? The line names nobody, and another user's client may have presented it; ask who did. Only if it is: ",
    "客户端出示的 token 确实是该用户自己的吗？日志没有写明用户，也可能是其他用户的客户端出示的；请确认。只有确实是时：",
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

/// The hours of one bar.
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
