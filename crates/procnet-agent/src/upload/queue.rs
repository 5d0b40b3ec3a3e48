//! What waits in the directory: whole files of a store, in groups.
//!
//! A group is a file of a table that says what others [cover](Table::cover), as of snapshots, and the files of the
//! same name in those others. A store puts the cover in its place last, and deletes it first. So as long as it is
//! there, so is the rest of the group that was not sent.

use std::{collections::BTreeMap, io, os::fd::OwnedFd, path::Path};

use procnet_arrow::Table;
use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, openat, openat2, statat,
};

/// A file that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) table: Table,
    pub(super) bytes: u64,
    /// When it was written, in seconds since 1970.
    pub(super) written: u64,
}

/// Which group: the path below each table, which begins with date and hour, so the oldest is the first; and the
/// table of the cover.
pub(super) type Group = (String, Table);

/// Groups, and in each the file of the cover as the last.
pub(super) type Groups = BTreeMap<Group, Vec<Waiting>>;

/// What is in the directory.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) groups: Groups,
    /// What is not sent: links and other names than a store gives, and files without their cover.
    pub(super) ignored: u64,
}

/// Opens the directory. Its own path may be a link, as below /var/lib with systemd's `DynamicUser=`.
pub(super) fn open_root(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(openat(CWD, path, flags, Mode::empty())?)
}

/// Opens what is below it, without following links, and without waiting for a FIFO's writer.
pub(super) fn open_below(root: &OwnedFd, path: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    openat2(root, path, flags, Mode::empty(), ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS)
}

impl Queue {
    /// Lists the directory. What is deleted meanwhile is left out.
    pub(super) fn read(root: &OwnedFd) -> io::Result<Queue> {
        let mut queue = Queue::default();
        let names = queue.names(root, ".", is_table)?;
        let mut tables: Vec<(Table, String)> =
            names.into_iter().filter_map(|name| Some((table(&name)?, name))).collect();
        // The covers first: what they cover was in its place before, so none of it is missed.
        tables.sort_by_key(|(table, _)| (*table != table.cover(), *table));
        for (table, name) in tables {
            for date in queue.names(root, &name, is_date)? {
                let date_path = format!("{name}/{date}");
                for hour in queue.names(root, &date_path, is_hour)? {
                    queue.read_partition(root, table, &format!("{date}/{hour}"))?;
                }
            }
        }
        queue.leave_out_uncovered();
        Ok(queue)
    }

    fn read_partition(&mut self, root: &OwnedFd, table: Table, partition: &str) -> io::Result<()> {
        let directory = format!("{}/{partition}", table.name());
        for name in self.names(root, &directory, is_file)? {
            let path = format!("{directory}/{name}");
            let Ok(status) = statat(root, path, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
                self.ignored += 1;
                continue;
            }
            let waiting = Waiting {
                table,
                bytes: u64::try_from(status.st_size).unwrap_or(0),
                written: u64::try_from(status.st_mtime).unwrap_or(0),
            };
            let group = (format!("{partition}/{name}"), table.cover());
            self.groups.entry(group).or_default().push(waiting);
        }
        Ok(())
    }

    /// The names in a directory that a store could have given, in order. Hidden ones are its own: files that are
    /// not finished, and its lock.
    fn names(
        &mut self,
        root: &OwnedFd,
        path: &str,
        is_of_store: fn(&str) -> bool,
    ) -> io::Result<Vec<String>> {
        use rustix::io::Errno;
        let directory = match open_below(root, path, OFlags::DIRECTORY) {
            Ok(directory) => directory,
            Err(Errno::NOENT) => return Ok(Vec::new()),
            Err(Errno::LOOP | Errno::NOTDIR) => {
                self.ignored += 1;
                return Ok(Vec::new());
            }
            Err(error) => return Err(error.into()),
        };
        let mut names = Vec::new();
        for entry in Dir::read_from(&directory)? {
            let entry = entry?;
            match entry.file_name().to_str() {
                Ok(name) if name.starts_with('.') => {}
                Ok(name) if is_of_store(name) => names.push(name.to_owned()),
                _ => self.ignored += 1,
            }
        }
        names.sort();
        Ok(names)
    }

    fn leave_out_uncovered(&mut self) {
        let ignored = &mut self.ignored;
        self.groups.retain(|(_, cover), files| {
            files.sort_by_key(|file| (file.table == *cover, file.table));
            let is_covered = files.last().is_some_and(|file| file.table == *cover);
            if !is_covered {
                *ignored += files.len() as u64;
            }
            is_covered
        });
    }
}

fn table(name: &str) -> Option<Table> {
    Table::ALL.into_iter().find(|table| table.name() == name)
}

fn is_table(name: &str) -> bool {
    table(name).is_some()
}

fn is_date(name: &str) -> bool {
    let Some(date) = name.strip_prefix("date=") else { return false };
    let is_day = date.len() == 10 && date.bytes().all(|c| c.is_ascii_digit() || c == b'-');
    is_day || date == "unknown"
}

fn is_hour(name: &str) -> bool {
    name.strip_prefix("hour=").is_some_and(|hour| hour.len() == 2 && is_digits(hour))
}

/// `NAME-20261130T211500Z-000000.parquet`.
fn is_file(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".parquet").filter(|_| name.len() <= 255) else {
        return false;
    };
    let mut parts = stem.rsplitn(3, '-');
    let (Some(sequence), Some(time), Some(host)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || b"._%-".contains(&c);
    let is_time = !time.is_empty() && time.bytes().all(|c| c.is_ascii_alphanumeric());
    is_digits(sequence) && is_time && !host.is_empty() && host.bytes().all(is_plain)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

/// Removes partitions that have been empty for an hour: a store that is about to write has just made its own.
pub(super) fn remove_empty_partitions(root: &OwnedFd, now: u64) {
    let mut ignored = Queue::default();
    let mut names =
        |path: &str, is_of_store| ignored.names(root, path, is_of_store).unwrap_or_default();
    for table in names(".", is_table) {
        for date in names(&table, is_date) {
            let date_path = format!("{table}/{date}");
            for hour in names(&date_path, is_hour) {
                remove_if_old(root, &date_path, &hour, now);
            }
            remove_if_old(root, &table, &date, now);
        }
    }
}

fn remove_if_old(root: &OwnedFd, parent: &str, name: &str, now: u64) {
    let Ok(parent) = open_below(root, parent, OFlags::DIRECTORY) else { return };
    let Ok(status) = statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW) else { return };
    let changed = u64::try_from(status.st_mtime).unwrap_or(u64::MAX);
    if now.saturating_sub(changed) > 3600 {
        // Fails if something is in it, which is right.
        let _ = rustix::fs::unlinkat(&parent, name, AtFlags::REMOVEDIR);
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    const BELOW: &str = "date=2026-11-30/hour=21/web-7-20261130T211500Z-000000.parquet";

    fn put(root: &Path, path: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }

    fn read(root: &Path) -> (Vec<String>, u64) {
        let queue = Queue::read(&open_root(root).unwrap()).unwrap();
        let of_group = |((below, _), files): (&Group, &Vec<Waiting>)| {
            files.iter().map(|file| format!("{}/{below}", file.table.name())).collect::<Vec<_>>()
        };
        (queue.groups.iter().flat_map(of_group).collect(), queue.ignored)
    }

    #[test]
    fn groups_are_read_oldest_first_with_their_cover_last() {
        let dir = tempfile::tempdir().unwrap();
        let later = BELOW.replace("hour=21", "hour=22");
        for table in Table::ALL {
            put(dir.path(), &format!("{}/{later}", table.name()));
            put(dir.path(), &format!("{}/{BELOW}", table.name()));
        }
        let (files, ignored) = read(dir.path());
        let expected = [BELOW, &later].map(|below| {
            ["sockets", "aggregates", "snapshots", "events", "event_spans"]
                .map(|table| format!("{table}/{below}"))
        });
        assert_eq!((files, ignored), (expected.concat(), 0));
    }

    #[test]
    fn links_and_other_names_are_not_read() {
        let (dir, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = dir.path();
        put(outside.path(), BELOW);
        put(outside.path(), &format!("x/{BELOW}"));
        put(root, &format!("snapshots/{BELOW}"));
        put(root, "snapshots/date=2026-11-30/hour=21/.web-7-x-0.parquet.unfinished");
        put(root, ".web-7.lock");
        let secret = outside.path().join(BELOW);
        // Eight that are ignored, each of another kind.
        symlink(outside.path(), root.join("sockets")).unwrap();
        symlink(&secret, root.join(format!("snapshots/{}", BELOW.replace("000000", "000001"))))
            .unwrap();
        symlink(outside.path().join("date=2026-11-30"), root.join("snapshots/date=2026-11-29"))
            .unwrap();
        put(root, "snapshots/date=2026-11-30/hour=21/a b-x-0.parquet");
        put(root, "snapshots/date=2026-11-30/hour=21/web-7-x-0.txt");
        put(root, "snapshots/date=..-..-..-/hour=21/web-7-x-0.parquet");
        put(root, "Etc/date=2026-11-30/hour=21/web-7-x-0.parquet");
        let fifo = root.join("snapshots/date=2026-11-30/hour=21/web-7-x-2.parquet");
        rustix::fs::mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR, 0).unwrap();
        assert_eq!(read(root), (vec![format!("snapshots/{BELOW}")], 8));
    }

    #[test]
    fn files_without_their_cover_wait_for_it() {
        for (rows, cover, other) in [
            ("sockets", "snapshots", "event_spans"),
            ("aggregates", "snapshots", "event_spans"),
            ("events", "event_spans", "snapshots"),
        ] {
            let dir = tempfile::tempdir().unwrap();
            put(dir.path(), &format!("{rows}/{BELOW}"));
            assert_eq!(read(dir.path()), (Vec::new(), 1));
            put(dir.path(), &format!("{other}/{BELOW}"));
            assert_eq!(read(dir.path()), (vec![format!("{other}/{BELOW}")], 1));
            put(dir.path(), &format!("{cover}/{BELOW}"));
            let group = vec![format!("{rows}/{BELOW}"), format!("{cover}/{BELOW}")];
            let (files, ignored) = read(dir.path());
            assert!(ignored == 0 && files.len() == 3, "{files:?}");
            assert!(files.windows(2).any(|pair| pair == group), "{files:?}");
        }
    }

    #[test]
    fn only_old_empty_partitions_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        put(dir.path(), &format!("sockets/{BELOW}"));
        let empty = dir.path().join("sockets/date=2026-11-30/hour=20");
        fs::create_dir(&empty).unwrap();
        let root = open_root(dir.path()).unwrap();
        let now = super::super::counts::now();
        remove_empty_partitions(&root, now);
        assert!(empty.exists());
        remove_empty_partitions(&root, now + 3700);
        assert!(!empty.exists() && dir.path().join("sockets").join(BELOW).exists());
    }
}
