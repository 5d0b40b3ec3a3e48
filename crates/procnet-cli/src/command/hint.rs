//! Hints where an empty answer might have been meant to look.

use std::ops::ControlFlow;

use procnet::{Coverage, Kind, Scanner};

use crate::{
    args::{Selection, Wider},
    messages::message,
};

/// If there are more network namespaces, they are not searched.
const MAX_NAMESPACES: usize = 100;

/// After a query that found nothing, reports what a wider one would have found. This costs at most
/// three more visits, each of which ends at the first socket.
pub(super) fn print(coverage: &Coverage, selection: &Selection, scanner: &mut Scanner) {
    if coverage.sockets > 0 {
        return;
    }
    absent(coverage, selection);
    // Whatever fails here was reported for the query itself, or only costs a hint.
    for (wider, query) in selection.wider().unwrap_or_default() {
        if wider == Wider::Namespaces && !(2..=MAX_NAMESPACES).contains(&namespaces(scanner)) {
            continue;
        }
        let mut is_found = false;
        let _ = scanner.visit(&query, |_| {
            is_found = true;
            ControlFlow::<()>::Break(())
        });
        if is_found {
            message!("{}", text(wider));
        }
    }
}

/// Reports that the kernel has none of the kinds that were asked for by name.
fn absent(coverage: &Coverage, selection: &Selection) {
    let Some(kinds) = selection.named_kinds() else { return };
    if !kinds.is_empty() && (kinds - coverage.absent).is_empty() {
        let names: Vec<&str> = kinds.iter().map(Kind::name).collect();
        message!("this kernel or capture has no such sockets: {}", names.join(", "));
    }
}

fn namespaces(scanner: &mut Scanner) -> usize {
    scanner.namespaces().map_or(0, |namespaces| namespaces.len())
}

fn text(wider: Wider) -> &'static str {
    match wider {
        Wider::Prefix => {
            "no such socket of a process with this name, but of one whose name begins with it: \
             --process 'NAME*'"
        }
        Wider::Kinds => "no such socket of this process, but of another kind: --kind every",
        Wider::Namespaces => {
            "no such socket in this network namespace, but in another one: --netns all"
        }
    }
}
