//! What the user asks for.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use wukongim_auth::diagnosis::Language;

/// Says why clients were refused, from server logs. 从服务端日志分析客户端被拒绝的原因。
///
/// Exit code: 0 nothing wrong, 1 failures found or something could not be read, 2 wrong usage.
/// 退出码：0 没有问题，1 发现失败或有内容无法读取，2 用法错误。
#[derive(Parser)]
#[command(version)]
pub struct Options {
    /// Logs to read, also compressed; none, or `-`: stdin. 日志文件（可为压缩文件），缺省为标准输入。
    pub files: Vec<PathBuf>,
    /// One JSON object per failure in place of a table. 每次失败输出一个 JSON 对象。
    #[arg(long)]
    pub json: bool,
    /// The language of the report. 报告语言。
    #[arg(long, value_enum, default_value_t = Lang::En)]
    pub lang: Lang,
    /// JSON lines of uid, device_flag and the stored record, dumped at the time of the log.
    /// 存储内容（JSON 行），须与日志同时导出。
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,
    /// Asks this WuKongIM (API or manager port) about the users of failures, one request each.
    /// 向该 WuKongIM（API 或管理端口）查询失败用户的 token，每个用户一次请求。
    #[arg(long, value_name = "http://HOST:5001")]
    pub ask: Option<String>,
    /// The manager's token, for --ask; it is also recognised among the presented ones.
    /// 管理 token，用于 --ask；也会识别客户端误用的管理 token。
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
    /// Users that are asked about at most. 最多查询的用户数。
    #[arg(long, value_name = "N", default_value_t = 1_000, requires = "ask")]
    pub ask_limit: usize,
    /// Reads no log: would this user get in now? 不读日志，只判断该用户现在能否通过校验。
    #[arg(long, requires = "ask", conflicts_with_all = ["files", "store", "follow"])]
    pub uid: Option<String>,
    /// The token that the user would present. 该用户要出示的 token。
    #[arg(long, requires = "uid", conflicts_with = "token_stdin")]
    pub token: Option<String>,
    /// The same, from stdin. 从标准输入读取该 token。
    #[arg(long, requires = "uid")]
    pub token_stdin: bool,
    /// The flag that he would come with; all if it is missing. 使用的设备标识，缺省为全部。
    #[arg(long, value_name = "0-255", requires = "uid")]
    pub device_flag: Option<u8>,
    /// The zone of times that name none, and of the report: Asia/Shanghai, +08:00, local.
    /// 日志时间未写明时区时采用的时区，也是报告的时区。
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Only failures from then on: 2026-04-23, "2026-04-23 09:00", 2h. 只看此时间之后。
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Only failures before. 只看此时间之前。
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Prints each failure as it comes, and the report at the end or on Ctrl-C.
    /// 实时输出每次失败，结束或 Ctrl-C 时输出报告。
    #[arg(long)]
    pub follow: bool,
    /// Shows tokens as they are: whoever reads them can connect. 显示 token 原文。
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
