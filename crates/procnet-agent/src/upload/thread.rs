//! The thread that sends.

use std::{
    collections::{BTreeMap, HashMap, hash_map::RandomState},
    hash::BuildHasher as _,
    io,
    os::fd::OwnedFd,
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};

use procnet::privileges;

use super::{
    Uploads,
    counts::now,
    destination::Destination,
    failure::{Failure, Kind},
    group,
    queue::{Group, Groups, Queue, Waiting, open_root, remove_empty_partitions},
};
use crate::log::{self, Level};

/// The pauses after failures that concern all files: they double up to the last.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// So many groups may fail one after the other, each for a reason of its own, before that is taken for a
/// reason that concerns all.
const FAILURES: u32 = 3;

/// Sends what a directory has.
#[derive(Debug)]
pub(super) struct Uploader {
    directory: PathBuf,
    destination: Destination,
    interval: Duration,
    uploads: Arc<Uploads>,
    /// What was seen and not sent yet.
    known: Groups,
    /// How often a group has failed for a reason of its own: it goes behind those that have not.
    failed: HashMap<Group, u32>,
    /// The kind of the last failure that was logged, until something succeeds.
    failing: Option<Kind>,
}

impl Uploader {
    pub(super) fn new(
        directory: PathBuf,
        destination: Destination,
        interval: Duration,
        uploads: Arc<Uploads>,
    ) -> Uploader {
        Uploader {
            directory,
            destination,
            interval,
            uploads,
            known: BTreeMap::new(),
            failed: HashMap::new(),
            failing: None,
        }
    }

    /// Starts the thread. It ends with the process: whenever that is, the directory has what is not sent.
    pub(super) fn start(self) -> io::Result<()> {
        let run = move || {
            privileges::keep_none();
            // One thread, and two more for what blocks: resolving names, and files.
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .max_blocking_threads(2)
                .build();
            match runtime {
                Ok(runtime) => runtime.block_on(self.run()),
                Err(error) => {
                    log::write(Level::Error, "no files are uploaded", &[("reason", &error)]);
                }
            }
        };
        thread::Builder::new().name("procnet-upload".to_owned()).spawn(run)?;
        Ok(())
    }

    async fn run(mut self) {
        let mut pause = PAUSES.0;
        loop {
            let wait = if self.pass().await {
                pause = PAUSES.0;
                self.interval
            } else {
                let wait = pause;
                pause = (pause * 2).min(PAUSES.1);
                wait.mul_f64(jitter())
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends all that waits. `false` if the destination does not take it for now.
    pub(super) async fn pass(&mut self) -> bool {
        let listed = open_root(&self.directory).and_then(|root| Ok((Queue::read(&root)?, root)));
        let (queue, root) = match listed {
            Ok(listed) => listed,
            // The store has not written anything yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return true,
            Err(error) => {
                self.report("", &Failure::from(error));
                return false;
            }
        };
        self.take_stock(queue);
        let mut order: Vec<(u32, Group)> = self
            .known
            .keys()
            .map(|group| (self.failed.get(group).copied().unwrap_or(0), group.clone()))
            .collect();
        order.sort();
        let mut failures = 0;
        for (_, group) in order {
            let Some(files) = self.known.get(&group).cloned() else { continue };
            match self.send(&root, &group, &files).await {
                Ok(()) => failures = 0,
                Err((path, failure)) => {
                    self.report(&path, &failure);
                    failures += 1;
                    if failure.kind.concerns_all() {
                        return false;
                    }
                    *self.failed.entry(group).or_default() += 1;
                    if failures == FAILURES {
                        return false;
                    }
                }
            }
        }
        remove_empty_partitions(&root, now());
        true
    }

    /// Counts what waits, and what was deleted before it was sent.
    fn take_stock(&mut self, queue: Queue) {
        let Queue { groups, ignored } = queue;
        if ignored > self.uploads.ignored.swap(ignored, Ordering::Relaxed) {
            let place = self.directory.display();
            log::write(
                Level::Warn,
                "some files are not uploaded: no store has written them, or not what they belong to yet",
                &[("directory", &place), ("files", &ignored)],
            );
        }
        let before = std::mem::replace(&mut self.known, groups);
        let gone = before.into_iter().filter(|(group, _)| !self.known.contains_key(group));
        let gone: Vec<Waiting> = gone.flat_map(|(_, files)| files).collect();
        self.lose(&gone);
        self.failed.retain(|group, _| self.known.contains_key(group));
        self.count_queue();
    }

    fn lose(&self, files: &[Waiting]) {
        if files.is_empty() {
            return;
        }
        let bytes: u64 = files.iter().map(|file| file.bytes).sum();
        let count = files.len() as u64;
        self.uploads.lost_files.fetch_add(count, Ordering::Relaxed);
        self.uploads.lost_bytes.fetch_add(bytes, Ordering::Relaxed);
        log::write(
            Level::Error,
            "files were deleted before they were uploaded",
            &[("files", &count), ("bytes", &bytes), ("destination", &self.destination.url)],
        );
    }

    fn count_queue(&self) {
        let waiting = || self.known.values().flatten();
        let Uploads { queue_files, queue_bytes, oldest, .. } = &*self.uploads;
        queue_files.store(waiting().count() as u64, Ordering::Relaxed);
        queue_bytes.store(waiting().map(|file| file.bytes).sum(), Ordering::Relaxed);
        oldest.store(waiting().map(|file| file.written).min().unwrap_or(0), Ordering::Relaxed);
    }

    /// Sends a group, and deletes it once all of it has arrived. An error has the file's path.
    async fn send(
        &mut self,
        root: &OwnedFd,
        group: &Group,
        files: &[Waiting],
    ) -> Result<(), (String, Failure)> {
        let (below, _) = group;
        let of_group = |error: io::Error| (below.clone(), Failure::from(error));
        let Some(sources) = group::open(root, below, files).map_err(of_group)? else {
            // Deleted since it was listed.
            self.known.remove(group);
            self.lose(files);
            self.count_queue();
            return Ok(());
        };
        for source in &sources {
            let sent = self.destination.send(source).await;
            sent.map_err(|failure| (source.path.clone(), failure))?;
        }
        // In the same order: as long as the cover is there, the group waits.
        for source in &sources {
            source.delete(root).map_err(|error| (source.path.clone(), Failure::from(error)))?;
        }
        let bytes = sources.iter().map(|source| source.bytes).sum();
        self.uploads.files.fetch_add(sources.len() as u64, Ordering::Relaxed);
        self.uploads.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.uploads.last_success.store(now(), Ordering::Relaxed);
        self.known.remove(group);
        self.failed.remove(group);
        self.count_queue();
        if self.failing.take().is_some() {
            let url = &self.destination.url;
            log::write(Level::Info, "files are uploaded again", &[("destination", url)]);
        }
        Ok(())
    }

    /// Counts a failure, and logs it if it is not one of those that were logged last.
    fn report(&mut self, path: &str, failure: &Failure) {
        self.uploads.failures[failure.kind as usize].fetch_add(1, Ordering::Relaxed);
        if self.failing.replace(failure.kind) == Some(failure.kind) {
            return;
        }
        let reason = self.destination.described(&failure.reason);
        let waiting = self.uploads.queue_files.load(Ordering::Relaxed);
        let kind = super::KINDS[failure.kind as usize];
        log::write(
            Level::Warn,
            "files are not uploaded",
            &[
                ("destination", &self.destination.url),
                ("file", &path),
                ("kind", &kind),
                ("reason", &reason),
                ("waiting", &waiting),
            ],
        );
    }
}

/// From 0.5 to 1, so that hosts that failed together do not come back together.
fn jitter() -> f64 {
    let random = RandomState::new().hash_one(0_u8);
    0.5 + (random >> 11) as f64 / (1_u64 << 54) as f64
}
