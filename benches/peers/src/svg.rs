//! Two kinds of plot, in colours that are readable on white and on black.

use std::fmt::Write;

const WIDTH: f64 = 760.0;
const TEXT: &str = "#808080";
const COLOURS: [&str; 4] = ["#2f81f7", "#d9822b", "#3fa45b", "#b065c9"];

pub struct Line {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

/// Bars with their values; `ours` are coloured.
pub fn bars(title: &str, unit: &str, note: &str, bars: &[(String, f64)], ours: &[&str]) -> String {
    let most = bars.iter().map(|bar| bar.1).fold(0.0, f64::max);
    let (left, step, top) = (330.0, 24.0, 46.0);
    let mut body = String::new();
    for (at, (name, value)) in bars.iter().enumerate() {
        let y = top + at as f64 * step;
        let length = (value / most * (WIDTH - left - 100.0)).max(1.0);
        let colour = COLOURS[usize::from(!ours.contains(&name.as_str()))];
        label(&mut body, (left - 8.0, y + 13.0), "end", name);
        let _ = writeln!(
            body,
            r#"<rect x="{left}" y="{y}" width="{length:.1}" height="17" rx="2" fill="{colour}"/>"#
        );
        let value = format!("{} {unit}", number(*value));
        label(&mut body, (left + length + 6.0, y + 13.0), "start", &value);
    }
    framed(title, note, top + bars.len() as f64 * step + 8.0, &body)
}

/// Lines over two logarithmic axes.
pub fn lines(title: &str, axes: (&str, &str), note: &str, lines: &[Line]) -> String {
    let (left, right, top, bottom) = (64.0, WIDTH - 220.0, 56.0, 356.0);
    let points = || lines.iter().flat_map(|line| &line.points);
    let x_range = decades(points().map(|point| point.0), 2.0);
    let y_range = decades(points().map(|point| point.1), 10.0);
    let along = |value: f64, (low, high): (f64, f64), from: f64, to: f64| {
        from + (value.ln() - low.ln()) / (high.ln() - low.ln()) * (to - from)
    };
    let x = |value| along(value, x_range, left, right);
    let y = |value| along(value, y_range, bottom, top);
    let mut body = String::new();
    for tick in ticks(y_range) {
        rule(&mut body, (left, y(tick)), (right, y(tick)));
        label(&mut body, (left - 8.0, y(tick) + 4.0), "end", &number(tick));
    }
    let mut ticks_at: Vec<f64> = lines[0].points.iter().map(|point| point.0).collect();
    // Labels that would overlap are left out.
    ticks_at.dedup_by(|next, last| x(*next) - x(*last) < 38.0);
    for tick in ticks_at {
        rule(&mut body, (x(tick), bottom), (x(tick), bottom + 5.0));
        label(&mut body, (x(tick), bottom + 20.0), "middle", &number(tick));
    }
    label(
        &mut body,
        ((left + right) / 2.0, bottom + 40.0),
        "middle",
        axes.0,
    );
    label(&mut body, (left - 8.0, top - 14.0), "end", axes.1);
    let mut names: Vec<(f64, usize)> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        let path: Vec<String> = line
            .points
            .iter()
            .map(|point| format!("{:.1},{:.1}", x(point.0), y(point.1)))
            .collect();
        let path = path.join(" ");
        let _ = writeln!(
            body,
            r#"<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>"#
        );
        for point in &line.points {
            let (x, y) = (x(point.0), y(point.1));
            let _ = writeln!(
                body,
                r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" fill="{colour}"/>"#
            );
        }
        names.push((line.points.last().map_or(top, |point| y(point.1)), at));
    }
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = top;
    for (wanted, at) in names {
        let y = f64::max(wanted, free);
        free = y + 17.0;
        let colour = COLOURS[at % COLOURS.len()];
        let name = escaped(&lines[at].name);
        let x = right + 10.0;
        let _ = writeln!(
            body,
            r#"<text x="{x}" y="{:.1}" fill="{colour}">{name}</text>"#,
            y + 4.0
        );
    }
    framed(title, note, bottom + 52.0, &body)
}

/// The range that all values are in, widened to full steps.
fn decades(values: impl Iterator<Item = f64>, step: f64) -> (f64, f64) {
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let log = |value: f64| value.ln() / step.ln();
    (
        step.powf(log(low).floor()),
        step.powf(log(high * 1.001).ceil()),
    )
}

/// 1, 2 and 5 of every power of ten.
fn ticks((low, high): (f64, f64)) -> Vec<f64> {
    let powers = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let all = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)));
    all.filter(|tick| (low * 0.999..=high * 1.001).contains(tick))
        .collect()
}

fn framed(title: &str, note: &str, height: f64, body: &str) -> String {
    let total = height + 20.0 * note.lines().count() as f64;
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" font-family="system-ui, sans-serif" font-size="13">
<title>{0}</title>
<text x="8" y="22" font-size="16" font-weight="600" fill="{TEXT}">{0}</text>
"#,
        escaped(title)
    );
    svg.push_str(body);
    for (at, line) in note.lines().enumerate() {
        let (y, line) = (height + 14.0 + 16.0 * at as f64, escaped(line));
        let _ = writeln!(
            svg,
            r#"<text x="8" y="{y:.1}" font-size="11" fill="{TEXT}">{line}</text>"#
        );
    }
    svg + "</svg>\n"
}

fn label(body: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let text = escaped(text);
    let _ = writeln!(
        body,
        r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" fill="{TEXT}">{text}</text>"#
    );
}

fn rule(body: &mut String, from: (f64, f64), to: (f64, f64)) {
    let _ = writeln!(
        body,
        r#"<line x1="{:.1}" y1="{:.1}" x2="{:.1}" y2="{:.1}" stroke="{TEXT}" stroke-opacity="0.3"/>"#,
        from.0, from.1, to.0, to.1
    );
}

fn number(value: f64) -> String {
    match value {
        1e6.. => format!("{:.0} M", value / 1e6),
        1e4.. => format!("{:.0} k", value / 1e3),
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}").replace(".0", ""),
        _ => format!("{value:.2}")
            .trim_end_matches('0')
            .trim_end_matches('.')
            .into(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
