//! The reasons for candidates and decisions.

use wukongim_auth::diagnosis::Language;

use super::{Text, text};
use crate::find::{Change, Ranking};
use crate::line::Proven;

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

/// What the server says now, and did not say then.
fn changed(change: Change, language: Language) -> String {
    let is_chinese = language == Language::Chinese;
    match change {
        Change::Registered if is_chinese => "日志之后已有变化：客户端出示的 token 现在已注册在它所用的 device_flag 下。".to_owned(),
        Change::Registered => "It has changed since the line: the presented token is registered under the client's device flag now.".to_owned(),
        Change::IssuedUnderFlag if is_chinese => "日志之后已有变化：客户端所用的 device_flag 现在已有 token。".to_owned(),
        Change::IssuedUnderFlag => "It has changed since the line: there is a token under the client's device flag now.".to_owned(),
        Change::Holds(flags) if is_chinese => format!("日志之后已有变化：客户端出示的 token 现在注册在 {flags} 下，当时的情况已无法得知。"),
        Change::Holds(flags) => format!("It has changed since the line: the presented token is that of {flags} now. What it was then, nothing shows."),
        Change::Since(flags) if is_chinese => format!("日志之后已有变化：{flags} 的 token 在此之后被签发或清除，当时的情况已无法得知。"),
        Change::Since(flags) => format!("It has changed since the line: the token of {flags} was issued or cleared later. What it was then, nothing shows."),
        Change::Replaced if is_chinese => "日志之后已有变化：日志中的两个 token 现在都没有注册，已被更新的 token 取代。".to_owned(),
        Change::Replaced => "It has changed since the line: neither of its tokens is registered now; a newer one has taken their place.".to_owned(),
    }
}

/// The basis of a decision by the server's answer.
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
        // Of the user's own, none has flags here: they are another user's.
        _ if !flags.is_empty() && is_chinese => {
            format!("客户端出示的 token 注册在另一个用户的 {flags} 下")
        }
        _ if !flags.is_empty() => {
            format!("the token that was presented is registered for another user, under {flags}")
        }
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
        Ranking::RecordThere => text(
            "The line has lost its error, and something is registered under the client's device flag: the store failed, unless it was issued after the line.",
            "该行缺少 error，而客户端所用的 device_flag 下有注册记录：除非它是在日志之后签发的，否则就是存储出错。",
        ),
        Ranking::Cut => text(
            "The presented token is the beginning of the registered one, and the line ends with it: the client's token was cut off, or the line itself may have been cut there.",
            "客户端出示的 token 是已注册 token 的开头，且该行到此结束：可能是客户端的 token 被截断，也可能是日志行本身在此被截断。",
        ),
        Ranking::ManagersUnknown => text(
            "The token that was presented is none of this user's, as the server says. Whether it is the manager's, an account does not show: --manager-token decides.",
            "服务端的回答：客户端出示的 token 不是该用户的。通过账号登录看不出它是否为管理 token：可用 --manager-token 判断。",
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
        Ranking::Verdict => text(
            "A verdict, whose diagnosis is not in the log. The event \"token verify diagnosis\" (target wukongim_auth::diagnosis, level INFO) has the cause, which may be any of these.",
            "这是校验结论，日志中没有它的诊断。诊断事件 \"token verify diagnosis\"（target 为 wukongim_auth::diagnosis，级别 INFO）给出原因，可能是以下任何一种。",
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
