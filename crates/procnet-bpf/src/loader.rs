//! Loads programs: finds what they need in the kernel's type information, once for all of them.

use std::{
    fs::File,
    io::{self, Read as _},
    os::fd::{AsFd as _, OwnedFd},
};

use rustix::io::Errno;

use crate::{
    EventOptions, Events, Owners, Refusal, RowFilter, Rows,
    btf::Types,
    events::Maps,
    link::{Link, PidNamespace},
    probe,
    program::{self, Constants, Program},
    relocate::{self, Found, Misfit},
    sys::{self, KernelMemory, Kind},
};

/// The type information of the running kernel.
pub(crate) const BTF: &str = "/sys/kernel/btf/vmlinux";

/// The iterator over the open files of all tasks: kernel/bpf/task_iter.c.
const TARGET: &str = "task_file";
/// The function that stands for it.
const FUNCTION: &str = "bpf_iter_task_file";

/// The bytes of the verifier's log that are kept of its end.
const LOG_KEPT: usize = 1000;
/// Older kernels keep the start of a log that is too long, and so need room for all of it.
const LOG_SIZE: usize = 1 << 20;

/// What the programs need to know of the running kernel, ready to load them.
///
/// It is found in five megabytes of type information, of which a loader keeps a few hundred bytes; so
/// load all programs from one. Since Linux 6.16, where they are mapped, that takes 2 ms of CPU time; before,
/// copying them out of the kernel takes another 10 ms.
#[derive(Debug)]
pub struct Loader {
    function: u32,
    pid_namespace: PidNamespace,
    owners: Result<Vec<Found>, Misfit>,
    rows: Result<Vec<Found>, Misfit>,
    /// In the order of [`TRACEPOINTS`].
    tracepoints: [Tracepoint; 3],
    pid_namespace_number: u32,
    has_helper: bool,
}

/// The tracepoints of events, and the programs for them. The first is enough, without the first use of
/// sockets.
const TRACEPOINTS: [(&str, &Program); 3] = [
    ("inet_sock_set_state", &program::SET_STATE),
    ("sock_send_length", &program::SEND_LENGTH),
    ("sock_recv_length", &program::RECV_LENGTH),
];

/// The newest helper that events need, as it is for such programs: since Linux 5.12.
const HELPER: (&str, &str) = ("bpf_get_socket_cookie", "bpf_get_socket_ptr_cookie");

/// What stands for a tracepoint among the types: a typedef of its name, behind this.
const TRACEPOINT_PREFIX: &str = "btf_trace_";

#[derive(Debug)]
struct Tracepoint {
    typedef: Result<u32, Refusal>,
    found: Result<Vec<Found>, Misfit>,
}

impl Loader {
    /// Asks whether this thread may load programs at all, in less than 0.1 ms.
    ///
    /// # Errors
    ///
    /// What does not permit it.
    pub fn permitted() -> Result<(), Refusal> {
        probe::permitted()
    }

    /// Asks whether programs [may be loaded](Loader::permitted), and if so, reads the kernel's type
    /// information.
    ///
    /// # Errors
    ///
    /// What does not permit it.
    pub fn new() -> Result<Loader, Refusal> {
        Loader::permitted()?;
        let no_types = |error: io::Error| Refusal::NoTypes { errno: errno(&error) };
        let mut file = File::open(BTF).map_err(no_types)?;
        let size = file.metadata().map_err(no_types)?.len();
        let size = usize::try_from(size).unwrap_or_default();
        match KernelMemory::of_types(&file, size) {
            Ok(types) => Loader::from_types(types.as_bytes()),
            Err(_) => Loader::from_types(&read(&mut file, size).map_err(no_types)?),
        }
    }

    fn from_types(bytes: &[u8]) -> Result<Loader, Refusal> {
        let typedefs = TRACEPOINTS.map(|(name, _)| format!("{TRACEPOINT_PREFIX}{name}"));
        let mut names = vec![FUNCTION, HELPER.1];
        names.extend(typedefs.iter().map(String::as_str));
        for program in program::ALL {
            names.extend(program.values.iter().map(|value| value.root));
        }
        names.sort_unstable();
        names.dedup();
        let types = Types::scan(bytes, &names).map_err(Refusal::Types)?;
        let function = types.function(FUNCTION);
        let function = function.map_err(|_| Refusal::NoIterator { target: TARGET })?;
        let pid_namespace = PidNamespace::own(|| ask(&program::LEVEL, &types))?;
        let number = || ask(&program::PID_NAMESPACE, &types);
        let tracepoint = |index: usize| {
            let (tracepoint, program) = TRACEPOINTS[index];
            let no_tracepoint = |_| Refusal::NoTracepoint { tracepoint };
            Tracepoint {
                typedef: types.typedef(&typedefs[index]).map_err(no_tracepoint),
                found: relocate::find(program, &types),
            }
        };
        Ok(Loader {
            function,
            pid_namespace,
            pid_namespace_number: pid_namespace.number().map_or_else(number, Ok)?,
            has_helper: types.function(HELPER.1).is_ok(),
            tracepoints: [tracepoint(0), tracepoint(1), tracepoint(2)],
            owners: relocate::find(&program::OWNERS, &types),
            rows: relocate::find(&program::ROWS, &types),
        })
    }

    /// Loads the program that reports the owners of sockets.
    ///
    /// # Errors
    ///
    /// If the program does not fit this kernel, or may not be loaded.
    pub fn owners(&self) -> Result<Owners, Refusal> {
        Ok(Owners::new(self.link(&program::OWNERS, &self.owners, &RowFilter::ALL)?))
    }

    /// Loads the program that reports sockets with their owners.
    ///
    /// # Errors
    ///
    /// If the program does not fit this kernel, or may not be loaded.
    pub fn rows(&self, filter: &RowFilter) -> Result<Rows, Refusal> {
        Ok(Rows::new(self.link(&program::ROWS, &self.rows, filter)?))
    }

    /// Loads the programs that report sockets that begin and end.
    ///
    /// # Errors
    ///
    /// If a program does not fit this kernel, or may not be loaded.
    pub fn events(&self, options: &EventOptions) -> Result<Events, Refusal> {
        let constants = options.constants((self.pid_namespace.level(), self.pid_namespace_number));
        // Else creating maps may be refused first, for a reason that does not matter.
        if !self.has_helper {
            let (program, helper) = (program::SET_STATE.name, HELPER.0.to_owned());
            return Err(Refusal::NoHelper { program, helper });
        }
        let maps = Maps::new(options.ring_size)?;
        let attached = if options.first_use { TRACEPOINTS.len() } else { 1 };
        let mut links = Vec::with_capacity(attached);
        for ((_, program), tracepoint) in TRACEPOINTS.iter().zip(&self.tracepoints).take(attached) {
            let typedef = tracepoint.typedef.clone()?;
            let found =
                tracepoint.found.as_ref().map_err(|misfit| Refusal::from(misfit.clone()))?;
            let mut instructions = relocate::patch(program, found, &constants)?;
            relocate::patch_maps(program, &mut instructions, &maps.references())?;
            let loaded = load(program, Kind::Tracepoint { typedef }, &instructions)?;
            let link = sys::raw_tracepoint_open(loaded.as_fd()).map_err(|errno| match errno {
                Errno::PERM => probe::denied("BPF_RAW_TRACEPOINT_OPEN"),
                _ => {
                    let command = "BPF_RAW_TRACEPOINT_OPEN";
                    Refusal::Failed { command, errno: errno.raw_os_error() }
                }
            })?;
            links.push((link, loaded));
        }
        Events::new(maps, links)
    }

    fn link(
        &self,
        program: &Program,
        found: &Result<Vec<Found>, Misfit>,
        filter: &RowFilter,
    ) -> Result<Link, Refusal> {
        let found = found.as_ref().map_err(|misfit| Refusal::from(misfit.clone()))?;
        let constants = filter.constants(self.pid_namespace.level());
        let instructions = relocate::patch(program, found, &constants)?;
        let loaded = load(program, Kind::Iterator { function: self.function }, &instructions)?;
        Link::new(loaded, self.pid_namespace)
    }
}

/// Loads a program; if the kernel rejects it, a second time for the reason.
fn load(program: &Program, kind: Kind, instructions: &[u64]) -> Result<OwnedFd, Refusal> {
    match sys::prog_load(program.name, kind, instructions, &mut []) {
        Ok(loaded) => Ok(loaded),
        Err(errno) => {
            let mut log = vec![0; LOG_SIZE];
            // What is rejected only sometimes is loaded now.
            sys::prog_load(program.name, kind, instructions, &mut log)
                .map_err(|_| rejected(program.name, errno, &log))
        }
    }
}

/// What it means that a program was not loaded. `log` ends at its first zero.
fn rejected(program: &'static str, errno: Errno, log: &[u8]) -> Refusal {
    let log = log.split(|byte| *byte == 0).next().unwrap_or_default();
    if log.is_empty() {
        return match errno {
            Errno::PERM => probe::denied("BPF_PROG_LOAD"),
            _ => Refusal::Failed { command: "BPF_PROG_LOAD", errno: errno.raw_os_error() },
        };
    }
    let log = String::from_utf8_lossy(&log[log.len().saturating_sub(LOG_KEPT)..]).into_owned();
    // By version: `check_helper_call` in kernel/bpf/verifier.c.
    let refused = ["unknown func ", "cannot use helper "];
    if refused.iter().any(|text| log.contains(&format!("{text}bpf_probe_read_kernel#"))) {
        return Refusal::Lockdown { program };
    }
    let named = refused.iter().find_map(|text| log.split_once(text));
    if let Some((helper, _)) = named.and_then(|(_, after)| after.split_once('#')) {
        return Refusal::NoHelper { program, helper: helper.to_owned() };
    }
    Refusal::Verifier { program, errno: errno.raw_os_error(), log }
}

/// Runs a program once: `LEVEL`, how deep the PID namespace of this process is nested, which no file
/// reports from inside; or `PID_NAMESPACE`, its number.
fn ask(program: &Program, types: &Types<'_>) -> Result<u32, Refusal> {
    let found = relocate::find(program, types)?;
    let instructions = relocate::patch(program, &found, &Constants::default())?;
    let loaded = load(program, Kind::RawTracepoint, &instructions)?;
    sys::prog_test_run(loaded.as_fd()).map_err(|errno| match errno {
        Errno::PERM => probe::denied("BPF_PROG_TEST_RUN"),
        _ => Refusal::Failed { command: "BPF_PROG_TEST_RUN", errno: errno.raw_os_error() },
    })
}

/// Reads a file of this size, which the kernel states.
fn read(file: &mut File, size: usize) -> io::Result<Vec<u8>> {
    // A byte more, for the read that finds the end.
    let mut bytes = Vec::with_capacity(size.saturating_add(1));
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn errno(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(Errno::IO.raw_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reject(errno: Errno, log: &str) -> Refusal {
        rejected("rows", errno, &[log.as_bytes(), b"\0\0"].concat())
    }

    /// Where the kernel has type information.
    #[test]
    fn types_that_are_mapped_are_those_that_are_read() {
        let Ok(mut file) = File::open(BTF) else {
            return eprintln!("SKIPPED types_that_are_mapped_are_those_that_are_read: no {BTF}");
        };
        let size = usize::try_from(file.metadata().unwrap().len()).unwrap();
        match KernelMemory::of_types(&file, size) {
            Ok(types) => assert!(types.as_bytes() == read(&mut file, size).unwrap()),
            Err(why) => {
                eprintln!("SKIPPED types_that_are_mapped_are_those_that_are_read: {why}");
            }
        }
    }

    #[test]
    fn an_ordinary_file_is_not_mapped_in_place_of_the_kernel_s() {
        let file = File::open("/proc/self/exe").unwrap();
        assert_eq!(KernelMemory::of_types(&file, 4096).err(), Some(Errno::NOTSUP));
    }

    #[test]
    fn a_rejection_without_a_log_is_not_the_verifier_s() {
        // This process is not in a user namespace in every environment that it is tested in.
        let refusal = reject(Errno::PERM, "");
        assert!(matches!(
            refusal,
            Refusal::Denied { .. } | Refusal::UserNamespace | Refusal::Seccomp
        ));
        let failed = Refusal::Failed { command: "BPF_PROG_LOAD", errno: 12 };
        assert_eq!(reject(Errno::NOMEM, ""), failed);
    }

    #[test]
    fn a_rejection_has_the_end_of_the_log() {
        let log =
            format!("{}R1 type=scalar expected=fp\nprocessed 9 insns", "0: (bf)\n".repeat(500));
        let Refusal::Verifier { program, errno, log } = reject(Errno::ACCESS, &log) else {
            panic!("the verifier's");
        };
        assert_eq!((program, errno, log.len()), ("rows", 13, LOG_KEPT));
        assert!(log.ends_with("R1 type=scalar expected=fp\nprocessed 9 insns"));
    }

    /// `check_helper_call` in kernel/bpf/verifier.c: until Linux 6.11, and since.
    #[test]
    fn a_kernel_without_probes_is_in_lockdown() {
        for text in ["unknown func ", "program of this type cannot use helper "] {
            let log = format!(
                "26: (85) call bpf_probe_read_kernel#113\n{text}bpf_probe_read_kernel#113\n"
            );
            assert_eq!(reject(Errno::INVAL, &log), Refusal::Lockdown { program: "rows" });
        }
        let helper =
            reject(Errno::INVAL, "7: call unknown#107\nunknown func bpf_sk_storage_get#107\n");
        let name = "bpf_sk_storage_get".to_owned();
        assert_eq!(helper, Refusal::NoHelper { program: "rows", helper: name });
        let other = reject(Errno::INVAL, "26: (85) call bpf_probe_read_kernel#113\ninvalid access");
        assert_eq!(other.name(), "verifier");
    }

    #[test]
    fn a_kernel_that_lacks_the_iterator_is_refused() {
        assert_eq!(
            Loader::from_types(b"\x7fELF").err(),
            Some(Refusal::Types(crate::btf::Error::NotBtf))
        );
        let mut header = vec![0; 25];
        header[..5].copy_from_slice(&[0x9f, 0xeb, 1, 0, 24]);
        header[20] = 1;
        let refusal = Loader::from_types(&header).expect_err("no types at all");
        assert_eq!(refusal, Refusal::NoIterator { target: "task_file" });
    }
}
