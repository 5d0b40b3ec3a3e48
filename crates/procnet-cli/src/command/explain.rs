//! `procnet explain`: what can be seen here, from where, why not more, and what would help.

mod counters;
mod mount;
mod owners;
mod print;
mod reader;
mod tables;

use std::{fs, path::Path};

use procnet::ProcRoot;

use self::{mount::Mount, reader::Reader};
use crate::{
    Sight,
    args::Explain,
    error::Error,
    output::{Format, Writer},
    row::{Finding, escaped_path},
};

pub(super) fn run(args: &Explain) -> Result<Sight, Error> {
    let mut scanner = args.host.scanner()?;
    let reader = Reader::own();
    let mount = Mount::of(scanner.root().path());
    let mut findings = vec![reader.finding(), root(scanner.root(), &mount)];
    findings.extend(tables::findings(&mut scanner, &reader, &mount));
    findings.extend(tables::details(&findings, &reader));
    findings.push(owners::owners(&mut scanner, &reader, &mount));
    findings.push(owners::namespaces(&mut scanner, &reader));
    findings.extend(counters::findings(&mut scanner, &mount));
    if args.printing.format == Format::Table {
        print::people(&findings, args.printing)?;
    } else {
        let mut writer = Writer::open(args.printing, Finding::header())?;
        findings.iter().try_for_each(|finding| writer.row(finding))?;
        writer.finish()?;
    }
    Ok(Sight::Whole)
}

/// The inode of the first pid namespace (include/linux/proc_ns.h `PROC_PID_INIT_INO`).
const FIRST_PIDS: &str = "pid:[4026531836]";

fn root(root: &ProcRoot, mount: &Mount) -> Finding {
    let path = escaped_path(root.path());
    let is_proc = fs::symlink_metadata(root.path().join("self")).is_ok();
    let mut why = match (root.is_own(), is_proc) {
        (true, _) => format!("{path}, this process's own"),
        (false, true) => format!("{path}, of which host and network the first process there tells"),
        (false, false) => format!("{path}, a directory of files"),
    };
    if let Some(hidepid) = &mount.hidepid {
        why.push_str(&format!("; mounted with hidepid={hidepid}"));
    }
    if mount.pids_only {
        why.push_str("; mounted with subset=pid");
    }
    // Of another root nobody can tell.
    let pids = fs::read_link(Path::new("/proc/self/ns/pid"));
    let contained = root.is_own() && pids.is_ok_and(|link| link.as_os_str() != FIRST_PIDS);
    let mut finding = Finding::fact("root", why);
    if contained {
        finding.help = Some(
            "this is a container's: to see the host, mount the host's /proc here and name it by \
             HOST_PROC or --root"
                .to_owned(),
        );
    }
    finding
}
