//! What the agent says of itself.

use procnet_corpus::live::private;

use crate::{agent::Agent, page::Page};

#[test]
fn what_the_agent_costs_is_what_the_kernel_says() {
    private(|_| {
        let agent = Agent::start(&[]);
        let file = |name: &str| {
            std::fs::read_to_string(format!("/proc/{}/{name}", agent.process.id())).unwrap()
        };
        // Of all threads; each of the two times is rounded down to a tick.
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        let cpu = || -> f64 {
            let stat = file("stat");
            let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
            fields[11..13].iter().map(|field| field.parse::<f64>().unwrap()).sum::<f64>() / ticks
        };
        let refreshes = |page: &Page| page.sum("procnet_agent_refreshes_total");
        let total = |page: &Page| page.value("procnet_agent_cpu_seconds_total", &[]).unwrap();
        let before = cpu();
        let earlier = agent.page();
        // It is made after that.
        let page = agent.page_when(|page| refreshes(page) >= refreshes(&earlier) + 3.0);
        let (of_page, after) = (total(&page), cpu() + 2.0 / ticks);
        assert!(before <= of_page && of_page <= after, "{before} {of_page} {after}");
        assert!(of_page > total(&earlier), "{of_page}");
        let of_refresh = page.value("procnet_agent_refresh_cpu_seconds", &[]).unwrap();
        assert!(of_refresh > 0.0 && of_refresh <= of_page, "{of_refresh} {of_page}");
        let status = file("status");
        let memory = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().strip_suffix(" kB").unwrap().parse::<f64>().unwrap() * 1024.0
        };
        let resident = page.value("procnet_agent_resident_memory_bytes", &[]).unwrap();
        // The kernel's counters are of each CPU, and are added up later: some pages are missing, or too many.
        let inexact = f64::from(1 << 20);
        let (now, most) = (memory("VmRSS:"), memory("VmHWM:"));
        assert!(resident > now / 2.0 && resident <= most + inexact, "{resident} {now} {most}");
    });
}
