//! The machine that a comparison runs on.

use std::{fs, process::Command};

use crate::results::Machine;

/// Describes the machine without anything that identifies it.
pub(crate) fn describe() -> Machine {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let is_virtual = field(&cpus, "flags").is_some_and(|flags| flags.contains("hypervisor"));
    let kib = field(&memory, "MemTotal").and_then(number).unwrap_or(0);
    Machine {
        cpu: field(&cpus, "model name").unwrap_or("unknown").to_owned(),
        processors: std::thread::available_parallelism().map_or(0, usize::from),
        is_virtual,
        memory_gib: kib.div_ceil(1 << 20),
        // Without the distribution's suffix.
        kernel: kernel.trim().split('-').next().unwrap_or_default().to_owned(),
    }
}

/// The load average of the last minute.
pub(crate) fn load() -> f64 {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

/// Today, in UTC.
pub(crate) fn today() -> String {
    let date = Command::new("date").args(["-u", "+%F"]).output();
    let text = date.map(|date| String::from_utf8_lossy(&date.stdout).trim().to_owned());
    text.unwrap_or_default()
}

/// The peak resident memory of a process so far, in KiB (fs/proc/task_mmu.c `task_mem`).
pub(crate) fn peak_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    field(&status, "VmHWM").and_then(number)
}

/// The value behind `name:`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line =
        text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
    line.map(str::trim)
}

/// `12 kB`.
fn number(text: &str) -> Option<u64> {
    text.split(' ').next()?.parse().ok()
}
