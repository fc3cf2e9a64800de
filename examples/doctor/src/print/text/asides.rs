//! What is counted in addition to the report, or was not done.

use wukongim_auth::diagnosis::Language;

use crate::ask::Left;

/// Lines that contain a phrase but could not be read.
pub fn unread(count: u64, place: &str, language: Language) -> String {
    match language {
        Language::Chinese => format!(
            "{count} 行含有拒绝记录的字样，但格式或原因无法识别（第一处：{place}）。请查看这些行：结论不包含它们。"
        ),
        _ => format!(
            "{count} lines have a refusal's words in a form or with a cause that is not known (the first: {place}). Look at them: they are counted nowhere else."
        ),
    }
}

/// Lines that repeat a refusal, in a log without its own line.
pub fn repeated(count: u64, place: &str, language: Language) -> String {
    match language {
        Language::Chinese => format!(
            "{count} 行只是重复某次拒绝（第一处：{place}），而那次拒绝自己的记录不在其中：它紧接在前，没有 uid。请诊断完整的日志，不要先用 grep 筛选。"
        ),
        _ => format!(
            "{count} lines only repeat a refusal (the first: {place}), whose own line is not here: it stands right before, and may have no uid. Diagnose the whole log, not what grep leaves of it."
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

/// Failures without a time, which cannot be placed in a period.
pub fn untimed(count: u64, place: &str, language: Language) -> String {
    match language {
        Language::Chinese => format!(
            "{count} 次失败没有时间，无法判断是否属于 --since、--until 指定的时间段（第一处：{place}），报告不包含它们。"
        ),
        _ => format!(
            "{count} failures have no time, so that --since and --until cannot place them (the first: {place}). The report does not contain them."
        ),
    }
}

/// Failures of which no period can be told either: without a zone a time may be any of a day's.
pub fn unplaced(count: u64, place: &str, language: Language) -> String {
    match language {
        Language::Chinese => format!(
            "{count} 次失败无法判断是否属于 --since、--until 指定的时间段：日志中的时间与选项中的时间，只有一方写明时区（第一处：{place}）。另一方的时区请用 --tz 指定。报告不包含它们。"
        ),
        _ => format!(
            "{count} failures cannot be placed between --since and --until: the log's times name a zone and these do not, or the other way round (the first: {place}). Give the missing one with --tz. The report does not contain them."
        ),
    }
}

/// Logs with what is no text.
pub fn binary(count: u64, place: &str, language: Language) -> String {
    match language {
        Language::Chinese => format!(
            "{count} 个日志中有无法读取的二进制数据，例如归档文件、压缩内容或其他编码（第一处：{place}）。请解压或转换后再读：结论不包含它们。"
        ),
        _ => format!(
            "{count} logs have binary data that could not be read, such as an archive, a compressed part or another encoding (the first: {place}). Unpack or convert it: it is counted nowhere else."
        ),
    }
}

/// Questions without an answer, and failures that were not asked about.
pub fn left(left: &Left, language: Language) -> Vec<String> {
    let Left {
        questions,
        unanswered,
        why,
        unasked,
        is_stopped,
    } = left;
    let why = why
        .as_ref()
        .map(|why| why.told(language))
        .unwrap_or_default();
    let failed = match language {
        Language::Chinese => {
            format!("{questions} 次查询没有得到回答（{why}）：{unanswered} 次失败只能按日志判断。")
        }
        _ => format!(
            "{questions} questions to the server got no answer ({why}): {unanswered} failures are told by the log alone."
        ),
    };
    let not_asked = match (language, is_stopped) {
        (Language::Chinese, true) => format!("已停止查询：{unasked} 次失败未能查询。"),
        (Language::Chinese, false) => {
            format!("{unasked} 次失败未查询：用户数超过 --ask-limit。")
        }
        (_, true) => format!("Asking was given up: {unasked} failures were not asked about."),
        (_, false) => {
            format!("{unasked} failures were not asked about: more users than --ask-limit.")
        }
    };
    let told = [(*questions, failed), (*unasked, not_asked)];
    told.into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(_, text)| text)
        .collect()
}

/// Shown while users are asked about.
pub fn asking(asked: usize, limit: usize, language: Language) -> String {
    match language {
        Language::Chinese => format!("正在查询第 {asked} 个用户（最多 {limit} 个）"),
        _ => format!("asking about user {asked} (of {limit} at most)"),
    }
}
