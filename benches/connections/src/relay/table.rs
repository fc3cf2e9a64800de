//! The table, in Markdown.

use crate::cells::{head, row};
use crate::load::AT_ONCE;
use crate::relay::{About, Results, SESSIONS};

/// The least that is meant to hold.
const AT_LEAST: f64 = 0.8;

pub struct Language {
    columns: [&'static str; 5],
    ways: [&'static str; 3],
    about: fn(&About) -> String,
    limit: fn(f64, bool) -> String,
}

pub const ENGLISH: Language = Language {
    columns: [
        "way",
        "handshakes/s",
        "× plain relay",
        "MB/s",
        "× plain relay",
    ],
    ways: [
        "nothing in between",
        "plain relay (tokio, `copy_bidirectional`)",
        "guard",
    ],
    about: |about| {
        let About {
            date,
            machine,
            rustc,
            busy,
            rounds,
            handshakes,
            megabytes,
            ..
        } = about;
        let busy = busy * 100.0;
        format!(
            "{date}, {machine}, {busy:.0} % busy with other things before it; {rustc}. Medians of {rounds} rounds of {handshakes} handshakes, {AT_ONCE} clients at once, and {megabytes} MB in {SESSIONS} sessions."
        )
    },
    limit: |least, is_met| {
        let met = if is_met { "met" } else { "**not met**" };
        format!(
            "Guard : plain relay is meant to be at least {AT_LEAST} in both; the lower is {least:.2}: {met}."
        )
    },
};

pub const CHINESE: Language = Language {
    columns: ["路径", "握手/秒", "相对纯转发", "MB/s", "相对纯转发"],
    ways: ["直连", "纯转发（tokio，`copy_bidirectional`）", "guard"],
    about: |about| {
        let About {
            date,
            machine,
            rustc,
            busy,
            rounds,
            handshakes,
            megabytes,
            ..
        } = about;
        let (busy, machine) = (busy * 100.0, in_chinese(machine));
        format!(
            "{date}，{machine}，测量前机器被其他程序占用 {busy:.0} %；{rustc}。取 {rounds} 轮的中位数，每轮 {handshakes} 次握手（同时 {AT_ONCE} 个客户端），以及 {SESSIONS} 个会话共 {megabytes} MB。"
        )
    },
    limit: |least, is_met| {
        let met = if is_met { "达到" } else { "**未达到**" };
        format!("目标：guard 与纯转发之比两项都不低于 {AT_LEAST}；较低的一项是 {least:.2}：{met}。")
    },
};

/// The words around the numbers of a machine.
fn in_chinese(machine: &str) -> String {
    let words = [
        (" cores of ", " 核 "),
        (" (family ", "（family "),
        (", model ", "，model "),
        ("), a virtual machine", "），虚拟机"),
    ];
    let all = words.into_iter();
    all.fold(machine.to_owned(), |text, (english, chinese)| {
        text.replace(english, chinese)
    })
}

pub fn written(results: &Results, language: &Language) -> String {
    let mut table = head(&language.columns, &["---", "---:", "---:", "---:", "---:"]);
    for (name, way) in language.ways.iter().zip(&results.ways) {
        let [handshakes, megabytes] = way.times_plain.map(|times| format!("{times:.2}"));
        let cells = [
            (*name).to_owned(),
            format!("{:.0}", way.handshakes),
            handshakes,
            format!("{:.0}", way.megabytes),
            megabytes,
        ];
        row(&mut table, &cells.each_ref().map(String::as_str));
    }
    let guard = results.ways.last().map_or([0.0; 2], |way| way.times_plain);
    let least = guard[0].min(guard[1]);
    let limit = (language.limit)(least, least >= AT_LEAST);
    let about = (language.about)(&results.about);
    let command = &results.about.command;
    format!("{about}\n\n```sh\n{command}\n```\n\n{table}\n{limit}\n")
}
