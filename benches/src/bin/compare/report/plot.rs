//! Time against number of sockets, both logarithmic, as SVG.

use std::fmt::Write as _;

use super::{
    milliseconds,
    scale::{Scale, spread},
};
use crate::{
    competitors::{DUMP, OWNERS, REPLACED, TABLE_OWNERS, TABLE_VISIT, VISIT, WALK},
    results::{Results, Run},
    scenario::Scenario,
};

const WIDTH: f64 = 1020.0;
const HEIGHT: f64 = 600.0;
/// The edges of the plotting area.
const LEFT: f64 = 80.0;
const RIGHT: f64 = 690.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 540.0;
/// The height of a label.
const LABEL: f64 = 18.0;

/// A line of the plot.
struct Line {
    label: &'static str,
    color: &'static str,
    style: Style,
    of: fn(&Run) -> Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Ours,
    /// With other options or sources.
    OursVariant,
    Floor,
    Peer,
}

const fn peer(label: &'static str, color: &'static str, of: fn(&Run) -> Option<f64>) -> Line {
    Line { label, color, style: Style::Peer, of }
}

/// The colors are distinguishable with color vision deficiency.
const LINES: [Line; 16] = [
    Line {
        label: "procnet, with owners",
        color: "#c1121f",
        style: Style::Ours,
        of: |run| run.median_ms(OWNERS),
    },
    Line {
        label: "procnet, incremental, 1 % new",
        color: "#e5616c",
        style: Style::OursVariant,
        of: |run| run.median_ms(REPLACED),
    },
    Line {
        label: "procnet, no owners",
        color: "#e5616c",
        style: Style::OursVariant,
        of: |run| run.median_ms(VISIT),
    },
    Line {
        label: "procnet by /proc, with owners",
        color: "#e5616c",
        style: Style::OursVariant,
        of: |run| run.median_ms(TABLE_OWNERS),
    },
    Line {
        label: "procnet by /proc, no owners",
        color: "#e5616c",
        style: Style::OursVariant,
        of: |run| run.median_ms(TABLE_VISIT),
    },
    Line {
        label: "kernel: netlink + descriptors",
        color: "#222222",
        style: Style::Floor,
        of: floors,
    },
    Line {
        label: "kernel: netlink alone",
        color: "#222222",
        style: Style::Floor,
        of: |run| run.median_ms(DUMP),
    },
    peer("ss -tan (no owners)", "#3a9bd6", |run| run.median_ms("ss -4tan")),
    peer("ss -tanp", "#0072b2", |run| run.median_ms("ss -4tanp")),
    peer("gopsutil", "#007a5a", |run| run.median_ms("gopsutil")),
    peer("gopsutil, without uids", "#35a582", |run| run.median_ms("gopsutil, without uids")),
    peer("psutil", "#c98500", |run| run.median_ms("psutil")),
    peer("lsof", "#bb5f92", |run| run.median_ms("lsof -nP -i4TCP")),
    peer("netstat", "#7b5ea7", |run| run.median_ms("netstat -4tanp")),
    peer("procfs", "#8c6d46", |run| run.median_ms("procfs")),
    peer("netstat2", "#777777", |run| run.median_ms("netstat2")),
];

fn floors(run: &Run) -> Option<f64> {
    Some(run.median_ms(DUMP)? + run.median_ms(WALK)?)
}

pub(super) fn render(results: &Results) -> String {
    let points = |line: &Line| -> Vec<(f64, f64)> {
        let point = |run| Some((as_number(run), (line.of)(run)?));
        results.of(Scenario::Tcp).filter_map(point).collect()
    };
    let all: Vec<(f64, f64)> = LINES.iter().flat_map(points).collect();
    let (x, y) = scales(&all);
    let mut text = String::new();
    // Writing to memory does not fail.
    let _ = frame(&mut text, x, y);
    let drawn: Vec<(&Line, Vec<(f64, f64)>)> = LINES
        .iter()
        .map(|line| (line, points(line)))
        .filter(|(_, points)| !points.is_empty())
        .collect();
    // Procnet's last, on top of the others.
    for (line, points) in drawn.iter().rev() {
        let _ = curve(&mut text, line, points, x, y);
    }
    let _ = labels(&mut text, &drawn, x, y);
    text.push_str("</svg>\n");
    text
}

fn as_number(run: &Run) -> f64 {
    run.sockets as f64
}

/// Scales that show all points, in whole decades of time.
fn scales(points: &[(f64, f64)]) -> (Scale, Scale) {
    let low = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).fold(f64::INFINITY, f64::min);
    let high = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).fold(0.0, f64::max);
    let (few, many) = (low(|point| point.0), high(|point| point.0));
    let (short, long) = (low(|point| point.1), high(|point| point.1));
    let whole = |number: f64, round: fn(f64) -> f64| 10_f64.powf(round(number.log10()));
    if points.is_empty() {
        return (Scale::new((1.0, 10.0), (LEFT, RIGHT)), Scale::new((1.0, 10.0), (BOTTOM, TOP)));
    }
    let many = if many > few { many } else { few * 10.0 };
    let x = Scale::new((few, many), (LEFT + 20.0, RIGHT - 14.0));
    (x, Scale::new((whole(short, f64::floor), whole(long, f64::ceil)), (BOTTOM, TOP)))
}

fn frame(text: &mut String, x: Scale, y: Scale) -> std::fmt::Result {
    writeln!(
        text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"Helvetica, Arial, sans-serif\" font-size=\"14\" fill=\"#222222\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"32\" font-size=\"18\" font-weight=\"bold\">\
         Time to list TCP sockets, with their owners unless stated otherwise</text>",
    )?;
    for sockets in x.decades() {
        let at = x.at(sockets);
        line(text, (at, BOTTOM), (at, TOP), "#e4e4e4")?;
        let label = super::thousands(sockets as u64);
        write_text(text, (at, BOTTOM + 22.0), "middle", &label)?;
    }
    for time in y.decades() {
        let at = y.at(time);
        line(text, (LEFT, at), (RIGHT, at), "#e4e4e4")?;
        let label = if time < 1.0 { format!("{time} ms") } else { axis(time) };
        write_text(text, (LEFT - 8.0, at + 5.0), "end", &label)?;
    }
    write_text(text, (f64::midpoint(LEFT, RIGHT), BOTTOM + 48.0), "middle", "sockets")
}

fn axis(ms: f64) -> String {
    if ms >= 1e3 { format!("{} s", ms / 1e3) } else { format!("{ms} ms") }
}

fn line(text: &mut String, from: (f64, f64), to: (f64, f64), color: &str) -> std::fmt::Result {
    writeln!(
        text,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{color}\"/>",
        from.0, from.1, to.0, to.1
    )
}

fn write_text(text: &mut String, at: (f64, f64), anchor: &str, what: &str) -> std::fmt::Result {
    let (x, y) = at;
    writeln!(text, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{what}</text>")
}

fn curve(
    text: &mut String,
    line: &Line,
    points: &[(f64, f64)],
    x: Scale,
    y: Scale,
) -> std::fmt::Result {
    let (width, dash) = match line.style {
        Style::Ours => (3.5, ""),
        Style::OursVariant => (2.5, ""),
        Style::Floor => (2.0, " stroke-dasharray=\"6 5\""),
        Style::Peer => (1.8, ""),
    };
    let color = line.color;
    write!(
        text,
        "<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\"{dash} points=\""
    )?;
    for (sockets, time) in points {
        write!(text, "{:.1},{:.1} ", x.at(*sockets), y.at(*time))?;
    }
    writeln!(text, "\"><title>{}</title></polyline>", line.label)?;
    let radius = if line.style == Style::Ours { 4.5 } else { 3.0 };
    for (sockets, time) in points {
        let (cx, cy) = (x.at(*sockets), y.at(*time));
        let what = milliseconds(*time);
        writeln!(
            text,
            "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"{radius}\" fill=\"{color}\"><title>{}: {what}</title></circle>",
            line.label
        )?;
    }
    Ok(())
}

/// Labels on the right, each connected to the end of its line.
fn labels(
    text: &mut String,
    drawn: &[(&Line, Vec<(f64, f64)>)],
    x: Scale,
    y: Scale,
) -> std::fmt::Result {
    let ends: Vec<(f64, f64)> = drawn
        .iter()
        .filter_map(|(_, points)| {
            points.last().map(|(sockets, time)| (x.at(*sockets), y.at(*time)))
        })
        .collect();
    let heights: Vec<f64> = ends.iter().map(|end| end.1).collect();
    let last = |points: &[(f64, f64)]| points.last().map_or(0.0, |(sockets, _)| *sockets);
    let most = drawn.iter().map(|(_, points)| last(points)).fold(0.0, f64::max);
    for (((line, points), end), height) in drawn.iter().zip(&ends).zip(spread(&heights, LABEL)) {
        let mut time = points.last().map(|(_, time)| milliseconds(*time)).unwrap_or_default();
        if last(points) < most {
            time = format!("{time} for {}", super::thousands(last(points) as u64));
        }
        let weight = if matches!(line.style, Style::Ours | Style::OursVariant) {
            " font-weight=\"bold\""
        } else {
            ""
        };
        writeln!(
            text,
            "<path d=\"M{:.1},{:.1} L{:.1},{height:.1}\" stroke=\"{}\" stroke-opacity=\"0.5\" fill=\"none\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" fill=\"{}\" font-size=\"13\"{weight}>{}, {time}</text>",
            end.0 + 6.0,
            end.1,
            RIGHT + 12.0,
            line.color,
            RIGHT + 16.0,
            height + 4.5,
            line.color,
            line.label,
        )?;
    }
    Ok(())
}
