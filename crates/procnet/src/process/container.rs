//! The container named by the path of a control group: a rule for each form of path that container
//! runtimes create.
//!
//! Whoever may create control groups may call them anything, so a path is a claim, not a proof.

use std::borrow::Cow;

/// The container of the innermost component that names one.
pub(super) fn container(path: &[u8]) -> Option<Cow<'_, [u8]>> {
    let (mut outer, mut below) = (path, None);
    loop {
        let at = outer.iter().rposition(|byte| *byte == b'/')?;
        let (parents, name) = (outer.get(..at)?, outer.get(at + 1..)?);
        let component = Component { parents, name, below };
        if let Some(container) = RULES.iter().find_map(|rule| rule(component)) {
            return Some(container);
        }
        (outer, below) = (parents, Some(name));
    }
}

/// A component of a path, and what is around it.
#[derive(Clone, Copy)]
struct Component<'a> {
    /// The path up to its parent.
    parents: &'a [u8],
    name: &'a [u8],
    /// The component below it; `None` for the last.
    below: Option<&'a [u8]>,
}

impl<'a> Component<'a> {
    fn parent(self) -> &'a [u8] {
        self.parents.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
    }

    fn grandparent(self) -> &'a [u8] {
        self.parents.rsplit(|byte| *byte == b'/').nth(1).unwrap_or_default()
    }
}

type Rule = for<'a> fn(Component<'a>) -> Option<Cow<'a, [u8]>>;

const RULES: [Rule; 5] = [with_id, fargate, lxc, machine, garden];

/// Docker, containerd, CRI-O and Podman: an id of 64 hexadecimal digits, after a prefix of the
/// runtime and before `.scope`, or without either. The monitor of a container, `conmon`, runs in a
/// control group of its own, outside; the id directly below `libpod_parent` is that of a pod.
fn with_id(component: Component<'_>) -> Option<Cow<'_, [u8]>> {
    const DIGITS: usize = 64;
    let name = component.name;
    let name = name.strip_suffix(b".scope").unwrap_or(name);
    let (prefix, id) = name.split_at_checked(name.len().checked_sub(DIGITS)?)?;
    let is_pod = prefix.is_empty() && component.parent() == b"libpod_parent";
    let is_delimited = matches!(prefix.last(), None | Some(b'-' | b':'));
    let is_monitor = prefix.ends_with(b"conmon-");
    (is_hex(id) && is_delimited && !is_monitor && !is_pod).then_some(Cow::Borrowed(id))
}

/// ECS on Fargate: `/ecs/TASK/TASK-NUMBER`.
fn fargate(component: Component<'_>) -> Option<Cow<'_, [u8]>> {
    const DIGITS: usize = 32;
    let (task, number) = component.name.split_at_checked(DIGITS)?;
    let number = number.strip_prefix(b"-")?;
    let is_number = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
    let is_container = is_hex(task) && is_number && component.grandparent() == b"ecs";
    is_container.then_some(Cow::Borrowed(component.name))
}

/// LXC, LXD, Incus and Proxmox: `/lxc/NAME` up to LXC 3 and in Proxmox, `/lxc.payload/NAME` and
/// `/lxc.payload.NAME` since. The monitor runs in `lxc.monitor`.
fn lxc(component: Component<'_>) -> Option<Cow<'_, [u8]>> {
    let name = match component.parent() {
        b"lxc" | b"lxc.payload" => component.name,
        _ => component.name.strip_prefix(b"lxc.payload.")?,
    };
    (!name.is_empty()).then_some(Cow::Borrowed(name))
}

/// Machines of systemd: `machine-NAME.scope` of machined, `systemd-nspawn@NAME.service`, or a scope
/// in `machine.slice` where systemd-nspawn does not register the machine. In `payload` is the
/// container, in `supervisor` systemd-nspawn. Libvirt registers its containers as `lxc-…`, and
/// virtual machines, which are no containers, as `qemu-…`.
fn machine(component: Component<'_>) -> Option<Cow<'_, [u8]>> {
    let has_payload = component.below == Some(b"payload");
    let unit = component.name;
    let name = if let Some(service) = unit.strip_suffix(b".service") {
        service.strip_prefix(b"systemd-nspawn@").filter(|_| has_payload)?
    } else {
        let scope = unit.strip_suffix(b".scope")?;
        let in_slice = has_payload && component.parent() == b"machine.slice";
        scope.strip_prefix(b"machine-").or(Some(scope).filter(|_| in_slice))?
    };
    let name = unescaped(name);
    let is_virtual = name.starts_with(b"qemu-") && !has_payload;
    let is_supervisor = component.below == Some(b"supervisor");
    (!name.is_empty() && !is_virtual && !is_supervisor).then_some(name)
}

/// Garden (Cloud Foundry, Concourse): `/garden/NAME`, or a UUID anywhere, whose last part may have
/// four digits.
fn garden(component: Component<'_>) -> Option<Cow<'_, [u8]>> {
    let Component { name, .. } = component;
    let is_share = |name: &[u8]| matches!(name, b"good" | b"bad");
    let is_below = match component.parent() {
        b"garden" => !is_share(name),
        parent => is_share(parent) && component.grandparent() == b"garden",
    };
    let mut parts = name.split(|byte| *byte == b'-');
    let lengths: [usize; 5] =
        std::array::from_fn(|_| parts.next().filter(|part| is_hex(part)).map_or(0, <[u8]>::len));
    let is_uuid = matches!(lengths, [8, 4, 4, 4, 12 | 4]) && parts.next().is_none();
    (!name.is_empty() && (is_below || is_uuid)).then_some(Cow::Borrowed(name))
}

fn is_hex(digits: &[u8]) -> bool {
    digits.iter().all(u8::is_ascii_hexdigit)
}

/// The part of a unit's name in which systemd escaped bytes as `\xNN` (systemd.unit(5)).
fn unescaped(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.contains(&b'\\') {
        return Cow::Borrowed(name);
    }
    let mut plain = Vec::with_capacity(name.len());
    let mut rest = name;
    while let [first, after @ ..] = rest {
        let escaped = match rest {
            [b'\\', b'x', high, low, after @ ..] => digit(*high).zip(digit(*low)).zip(Some(after)),
            _ => None,
        };
        let (byte, after) = match escaped {
            Some(((high, low), after)) => (high << 4 | low, after),
            None => (*first, after),
        };
        plain.push(byte);
        rest = after;
    }
    Cow::Owned(plain)
}

fn digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests;
