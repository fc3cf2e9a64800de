//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use wukongim_auth::diagnosis::Language;

/// Reads server logs and says why clients were rejected. 从服务端日志分析客户端被拒绝的原因。
///
/// Exit code: 0 if nothing is wrong; 1 if failures were found, or if something could not be read or
/// placed between --since and --until; 2 for wrong usage.
/// 退出码：0 没有问题；1 发现失败，或者有内容无法识别、无法判断是否属于所选时间段；2 用法错误。
#[derive(Parser)]
#[command(version)]
pub struct Options {
    /// The log files to read, plain or compressed. If none is given, or for `-`, stdin is read.
    /// 日志文件，可以是压缩文件。不指定或为 `-` 时读取标准输入。
    pub files: Vec<PathBuf>,
    /// Prints one JSON object per failure instead of the report. 不输出报告，每次失败输出一个 JSON 对象。
    #[arg(long)]
    pub json: bool,
    /// The language of the report and of what goes wrong. 报告和出错信息使用的语言。
    #[arg(long, value_enum, default_value_t = Lang::En)]
    pub lang: Lang,
    /// A dump of the token store, made when the log was written. Each line is a JSON object with uid,
    /// device_flag and the stored record.
    /// 与日志同一时间导出的 token 存储，每行一个 JSON 对象，包含 uid、device_flag 和存储的记录。
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,
    /// Asks this WuKongIM server, at its API or manager port, which tokens the failed users have. Each
    /// user is asked about once.
    /// 向该 WuKongIM 服务器（API 端口或管理端口）查询失败用户的 token，每个用户只查询一次。
    #[arg(long, value_name = "http://HOST:5001")]
    pub ask: Option<String>,
    /// The server's manager token, sent with --ask. Clients that presented it by mistake are recognised.
    /// 服务端的管理 token，随 --ask 发送；也用来识别误用它的客户端。
    #[arg(
        long,
        value_name = "TOKEN",
        env = "WUKONGIM_MANAGER_TOKEN",
        hide_env_values = true
    )]
    pub manager_token: Option<String>,
    /// An account of the manager page, to log in with before --ask. 管理页面的账号，--ask 之前用它登录。
    #[arg(
        long,
        value_name = "USER:PASSWORD",
        env = "WUKONGIM_LOGIN",
        hide_env_values = true,
        requires = "ask"
    )]
    pub login: Option<String>,
    /// The maximum number of users to ask about. 最多查询多少个用户。
    #[arg(long, value_name = "N", default_value_t = 1_000, requires = "ask")]
    pub ask_limit: usize,
    /// Reads no log. Says whether this user would be accepted now. 不读取日志，只判断该用户现在能否通过校验。
    #[arg(long, requires = "ask", conflicts_with_all = ["files", "store", "follow"])]
    pub uid: Option<String>,
    /// The token that the user would present. 该用户将要出示的 token。
    #[arg(long, requires = "uid", conflicts_with = "token_stdin")]
    pub token: Option<String>,
    /// Reads that token from stdin. 从标准输入读取该 token。
    #[arg(long, requires = "uid")]
    pub token_stdin: bool,
    /// The device flag that the user would connect with. By default, all of them are checked.
    /// 该用户连接时使用的设备标识，默认检查全部。
    #[arg(long, value_name = "0-255", requires = "uid")]
    pub device_flag: Option<u8>,
    /// The time zone of the report, and of times in the log that name none: Asia/Shanghai, +08:00, local.
    /// 报告的时区，也用于日志中没有写明时区的时间：Asia/Shanghai、+08:00、local。
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Reports only failures from this time on: 2026-04-23, "2026-04-23 09:00", or 2h for the last two
    /// hours. Failures without a time are counted separately.
    /// 只报告此时间之后的失败：2026-04-23、"2026-04-23 09:00"，或者 2h（最近两小时）。没有时间的失败单独计数。
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Reports only failures before this time. 只报告此时间之前的失败。
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Prints each failure as it occurs, and the report at the end of the input or on Ctrl-C.
    /// 失败一出现就输出；输入结束或按 Ctrl-C 时输出报告。
    #[arg(long)]
    pub follow: bool,
    /// Shows tokens in plaintext. Anyone who reads them can connect.
    /// 显示 token 原文。看到的人都能用它连接。
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
