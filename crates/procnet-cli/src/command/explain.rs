//! `procnet explain`: what is visible, from which source, what is not and why, and what would help.

mod conntrack;
mod counters;
mod families;
mod mount;
mod owners;
mod print;
mod reader;
mod tables;

use std::{fs, path::Path};

use procnet::ProcRoot;

use self::{mount::Mount, reader::Reader};
use crate::{
    Outcome,
    args::Explain,
    error::Error,
    output::{Header, Purpose, Writer},
    row::{Finding, escaped_path},
};

pub(super) fn run(args: &Explain) -> Result<Outcome, Error> {
    let mut scanner = args.host.scanner()?;
    let reader = Reader::own();
    let mount = Mount::of(scanner.root().path());
    let mut findings = vec![reader.finding(), root(scanner.root(), &mount)];
    findings.extend(tables::findings(&mut scanner, &reader, &mount));
    let of_families = families::findings(&mut scanner);
    findings.extend(tables::details(&findings, &reader));
    findings.extend(of_families);
    findings.push(owners::owners(&mut scanner, &reader, &mount));
    findings.push(owners::bpf(&mut scanner));
    findings.push(owners::namespaces(&mut scanner, &reader));
    findings.extend(counters::findings(&mut scanner));
    findings.extend(conntrack::findings(&mut scanner, &mount));
    match args.printing.format.purpose() {
        Purpose::Display => print::people(&findings, args.printing)?,
        Purpose::Document | Purpose::ObjectStream | Purpose::RecordStream | Purpose::Columns => {
            let mut writer = Writer::open(args.printing, Header::of::<Finding>())?;
            findings.iter().try_for_each(|finding| writer.row(finding))?;
            writer.finish()?;
        }
    }
    Ok(Outcome::Complete)
}

/// The inode of the initial pid namespace (include/linux/proc_ns.h `PROC_PID_INIT_INO`).
const INITIAL_PID_NS: &str = "pid:[4026531836]";

fn root(root: &ProcRoot, mount: &Mount) -> Finding {
    let path = escaped_path(root.path());
    let is_proc = fs::symlink_metadata(root.path().join("self")).is_ok();
    let mut why = match (root.is_own(), is_proc) {
        (true, _) => format!("{path}, the /proc of this process"),
        (false, true) => format!("{path}, with the host and network of its PID 1"),
        (false, false) => format!("{path}, a directory of files"),
    };
    if let Some(hidepid) = &mount.hidepid {
        why.push_str(&format!("; mounted with hidepid={hidepid}"));
    }
    if mount.pids_only {
        why.push_str("; mounted with subset=pid");
    }
    // Unknown for another root.
    let pids = fs::read_link(Path::new("/proc/self/ns/pid"));
    let contained = root.is_own() && pids.is_ok_and(|link| link.as_os_str() != INITIAL_PID_NS);
    let mut finding = Finding::fact("root", why);
    if contained {
        finding.help = Some(
            "this is a container: to inspect the host, mount its /proc here and set HOST_PROC or \
             --root"
                .to_owned(),
        );
    }
    finding
}
