//! The messages about problems with options, files and servers.

use std::io::{self, ErrorKind};

use wukongim_auth::diagnosis::Language;

use super::{Text, text};
use crate::problem::{Answer, Wanted};

pub const ZIP: Text = text(
    "a ZIP archive; use `unzip -p FILE | wukongim-doctor`",
    "这是 ZIP 压缩包；请用 `unzip -p FILE | wukongim-doctor`",
);
pub const UTF_32: Text = text(
    "UTF-32; use `iconv -f UTF-32 -t UTF-8 FILE | wukongim-doctor`",
    "编码是 UTF-32；请用 `iconv -f UTF-32 -t UTF-8 FILE | wukongim-doctor`",
);

pub const fn wanted(wanted: Wanted) -> Text {
    match wanted {
        Wanted::Address => text(
            "wants an address such as http://127.0.0.1:5001",
            "应为 http://127.0.0.1:5001 这样的地址",
        ),
        Wanted::Account => text("wants USER:PASSWORD", "格式应为 USER:PASSWORD"),
        Wanted::Zone => text(
            "no such time zone; name one as Asia/Shanghai, +08:00, UTC or local",
            "没有这个时区；请写成 Asia/Shanghai、+08:00、UTC 或 local",
        ),
        Wanted::Earlier => text("must be earlier than --until", "必须早于 --until"),
        Wanted::Time => text(
            "no time; write it as 2026-04-23, \"2026-04-23 09:00\" or 2h",
            "无法识别的时间；请写成 2026-04-23、\"2026-04-23 09:00\" 或 2h",
        ),
    }
}

/// The message about an option, a file or a server.
pub fn named(name: &str, what: &str, language: Language) -> String {
    match language {
        Language::Chinese => format!("{name}：{what}"),
        _ => format!("{name}: {what}"),
    }
}

pub fn dump_line(number: usize, language: Language) -> String {
    match language {
        Language::Chinese => {
            format!("第 {number} 行不是 JSON 形式的 {{uid, device_flag, StoredRecord}}")
        }
        _ => format!("line {number} is not {{uid, device_flag, StoredRecord}} in JSON"),
    }
}

pub fn answer(address: &str, answer: &Answer, language: Language) -> String {
    match language {
        Language::Chinese => chinese_answer(address, answer),
        _ => english_answer(address, answer),
    }
}

fn english_answer(address: &str, answer: &Answer) -> String {
    match answer {
        Answer::Status(status) => format!("{address} answers with status {status}"),
        Answer::NotAllowed(status) => format!(
            "{address} answers {status}: it wants the manager's token (--manager-token) or the \
             manager's account (--login)"
        ),
        Answer::Garbage => format!("{address} answers something else than a list of devices"),
        Answer::Missing(what) => {
            format!("{address} has no {what}: is this WuKongIM's API or manager port?")
        }
        Answer::MorePages(most) => format!("{address}: more than {most} pages for one user"),
        Answer::None(error) => format!("{address}: {error}"),
    }
}

fn chinese_answer(address: &str, answer: &Answer) -> String {
    match answer {
        Answer::Status(status) => format!("{address} 返回状态码 {status}"),
        Answer::NotAllowed(status) => format!(
            "{address} 返回状态码 {status}：需要管理 token（--manager-token）或管理页面的账号（--login）"
        ),
        Answer::Garbage => format!("{address} 返回的不是设备列表"),
        Answer::Missing(what) => {
            format!("{address} 没有 {what}：这是 WuKongIM 的 API 端口或管理端口吗？")
        }
        Answer::MorePages(most) => format!("{address}：单个用户的结果超过 {most} 页"),
        Answer::None(error) => {
            let why = match error {
                ureq::Error::Io(error) => network(error),
                ureq::Error::Timeout(_) => "等待应答超时".to_owned(),
                ureq::Error::HostNotFound => "找不到该主机".to_owned(),
                ureq::Error::BodyExceedsLimit(_) => "应答内容过大".to_owned(),
                error => format!("请求失败（{error}）"),
            };
            format!("{address}：{why}")
        }
    }
}

/// For a connection: the message about a file would be misleading there (a certificate, for
/// example).
fn network(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::TimedOut
        | ErrorKind::UnexpectedEof => system(error, Language::Chinese),
        _ => format!("请求失败（{error}）"),
    }
}

/// An error of the system, which reports it in English.
pub fn system(error: &io::Error, language: Language) -> String {
    if !matches!(language, Language::Chinese) {
        return error.to_string();
    }
    let known = match error.kind() {
        ErrorKind::NotFound => "文件不存在",
        ErrorKind::PermissionDenied => "没有权限",
        ErrorKind::IsADirectory => "这是目录，不是文件",
        ErrorKind::ConnectionRefused => "连接被拒绝",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => "连接中断",
        ErrorKind::TimedOut => "超时",
        ErrorKind::StorageFull => "磁盘空间不足",
        ErrorKind::UnexpectedEof => "内容不完整",
        ErrorKind::InvalidData => return format!("内容已损坏（{error}）"),
        _ => return format!("输入输出错误（{error}）"),
    };
    known.to_owned()
}
