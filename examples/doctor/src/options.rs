//! What the user asks for.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use wukongim_auth::diagnosis::Language;

/// Reads server logs and says why clients were rejected. 从服务端日志分析客户端被拒绝的原因。
///
/// Exit code: 0 nothing wrong, 1 failures found or something could not be read, 2 wrong usage.
/// 退出码：0 没有问题，1 发现失败或有内容无法读取，2 用法错误。
#[derive(Parser)]
#[command(version)]
pub struct Options {
    /// The logs to read, also compressed; stdin if none is given, or for `-`.
    /// 日志文件（可以是压缩文件）；不指定或为 `-` 时读取标准输入。
    pub files: Vec<PathBuf>,
    /// Prints one JSON object per failure instead of a table. 为每次失败输出一个 JSON 对象，不输出表格。
    #[arg(long)]
    pub json: bool,
    /// The language of the report. 报告语言。
    #[arg(long, value_enum, default_value_t = Lang::En)]
    pub lang: Lang,
    /// A dump of the store from the time of the log: JSON lines of uid, device_flag and the stored record.
    /// 与日志同一时间导出的存储内容：每行一个 JSON 对象，含 uid、device_flag 和记录。
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,
    /// Asks this WuKongIM server (API or manager port) about the users that failed, one request for each.
    /// 向该 WuKongIM 服务器（API 或管理端口）查询失败用户的 token，每个用户一次请求。
    #[arg(long, value_name = "http://HOST:5001")]
    pub ask: Option<String>,
    /// The manager token, for --ask; also recognises clients that presented it by mistake.
    /// 管理 token，用于 --ask；也用来识别误用管理 token 的客户端。
    #[arg(
        long,
        value_name = "TOKEN",
        env = "WUKONGIM_MANAGER_TOKEN",
        hide_env_values = true
    )]
    pub manager_token: Option<String>,
    /// Logs in at the manager port, for --ask. 用管理账号登录管理端口，用于 --ask。
    #[arg(
        long,
        value_name = "USER:PASSWORD",
        env = "WUKONGIM_LOGIN",
        hide_env_values = true,
        requires = "ask"
    )]
    pub login: Option<String>,
    /// The most users to ask about. 最多查询的用户数。
    #[arg(long, value_name = "N", default_value_t = 1_000, requires = "ask")]
    pub ask_limit: usize,
    /// Reads no log, and says whether this user would be accepted now. 不读日志，只判断该用户现在能否通过校验。
    #[arg(long, requires = "ask", conflicts_with_all = ["files", "store", "follow"])]
    pub uid: Option<String>,
    /// The token that the user would present. 该用户要出示的 token。
    #[arg(long, requires = "uid", conflicts_with = "token_stdin")]
    pub token: Option<String>,
    /// Reads that token from stdin. 从标准输入读取该 token。
    #[arg(long, requires = "uid")]
    pub token_stdin: bool,
    /// The device flag that the user would connect with; by default, all of them. 用户连接时的设备标识，缺省为全部。
    #[arg(long, value_name = "0-255", requires = "uid")]
    pub device_flag: Option<u8>,
    /// The time zone of the report, and of times in the log that name none: Asia/Shanghai, +08:00, local.
    /// 报告的时区；日志时间未写明时区时也采用它。
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Only failures from this time on: 2026-04-23, "2026-04-23 09:00", 2h. 只统计此时间之后的失败。
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Only failures before this time. 只统计此时间之前的失败。
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Prints each failure as it occurs, and the report at the end or on Ctrl-C.
    /// 实时输出每次失败，结束时或按 Ctrl-C 时输出报告。
    #[arg(long)]
    pub follow: bool,
    /// Shows tokens in plaintext: anyone who reads them can connect.
    /// 显示 token 原文：看到的人都能用它连接。
    #[arg(long)]
    pub reveal: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Lang {
    En,
    Zh,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Language::English,
            Lang::Zh => Language::Chinese,
        }
    }
}
