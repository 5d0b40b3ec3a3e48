//! Sending a file: nothing is believed that was not seen.
//!
//! A key is created, never replaced. If it exists, its contents decide: the same is what an earlier attempt sent; a
//! beginning of it is what an earlier attempt left on a server that does not write at once; anything else
//! belongs to somebody else.

use futures_util::StreamExt as _;
use object_store::{
    Error, MultipartUpload, ObjectStore, ObjectStoreExt as _, PutMode, PutPayloadMut, PutResult,
    path::Path,
};

use super::{
    destination::Destination,
    failure::{Failure, Kind},
    group::Source,
};

/// Files larger than this are sent in parts of this size, and no more of one is in memory.
pub(super) const PART: usize = 8 << 20;

/// WebDAV has no parts. A larger file would take too much memory.
const LARGEST_WHOLE: u64 = 128 << 20;

/// What a key has, compared with a file.
enum There {
    Nothing,
    Same,
    Beginning,
    Other,
}

impl Destination {
    /// Sends a file, and returns once the destination has it.
    pub(super) async fn send(&self, source: &Source) -> Result<(), Failure> {
        let key = self.key(&source.path)?;
        if source.bytes <= PART as u64 {
            let whole = source.read(0, usize::try_from(source.bytes).unwrap_or(PART))?;
            match self.store.put_opts(&key, whole.into(), PutMode::Create.into()).await {
                Ok(put) => return self.verify(source, &key, &put).await,
                Err(Error::AlreadyExists { .. } | Error::NotImplemented { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // Parts cannot be put on this condition, and WebDAV knows none.
        match self.compare(source, &key).await? {
            There::Same => Ok(()),
            There::Nothing | There::Beginning => {
                let put = self.replace(source, &key).await?;
                self.verify(source, &key, &put).await
            }
            There::Other => Err(Failure {
                kind: Kind::Conflict,
                reason: format!(
                    "{key} exists and is another file: does another host have this name?"
                ),
            }),
        }
    }

    fn key(&self, path: &str) -> Result<Path, Failure> {
        let prefix = self.prefix.as_ref();
        let key = if prefix.is_empty() { path.to_owned() } else { format!("{prefix}/{path}") };
        Path::parse(&key).map_err(|error| Failure::from(Error::from(error)))
    }

    async fn replace(&self, source: &Source, key: &Path) -> Result<PutResult, Failure> {
        if source.bytes <= PART as u64 {
            return self.put_whole(source, key).await;
        }
        match self.store.put_multipart(key).await {
            Ok(mut upload) => {
                let put = send_parts(source, &mut *upload).await;
                if put.is_err() {
                    // It has failed already. What is left there is invisible.
                    let _ = upload.abort().await;
                }
                put
            }
            Err(Error::NotImplemented { .. }) if source.bytes <= LARGEST_WHOLE => {
                self.put_whole(source, key).await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn put_whole(&self, source: &Source, key: &Path) -> Result<PutResult, Failure> {
        let mut whole = PutPayloadMut::new().with_block_size(PART);
        for (from, length) in parts_of(source.bytes) {
            whole.extend_from_slice(&source.read(from, length)?);
        }
        Ok(self.store.put(key, whole.freeze()).await?)
    }

    /// Asks for what is there after a put that was accepted.
    async fn verify(&self, source: &Source, key: &Path, put: &PutResult) -> Result<(), Failure> {
        let mismatch = |reason: String| Err(Failure { kind: Kind::Mismatch, reason });
        let there = match self.store.head(key).await {
            Err(Error::NotFound { .. }) => {
                return mismatch(format!("{key} was accepted, but is not there"));
            }
            there => there?,
        };
        if there.size != source.bytes {
            return mismatch(format!("{key} has {} bytes instead of {}", there.size, source.bytes));
        }
        let changed = put.e_tag.is_some() && there.e_tag.is_some() && put.e_tag != there.e_tag;
        if changed && !matches!(self.compare(source, key).await?, There::Same) {
            return mismatch(format!("{key} has other contents than were sent"));
        }
        Ok(())
    }

    /// Compares all bytes: sizes and names can be the same by accident.
    async fn compare(&self, source: &Source, key: &Path) -> Result<There, Failure> {
        let size = match self.store.head(key).await {
            Ok(there) => there.size,
            Err(Error::NotFound { .. }) => return Ok(There::Nothing),
            Err(error) => return Err(error.into()),
        };
        if size > source.bytes {
            return Ok(There::Other);
        }
        let mut there = self.store.get(key).await?.into_stream();
        let mut at = 0;
        while let Some(bytes) = there.next().await {
            let bytes = bytes?;
            let end = at + bytes.len() as u64;
            if end > source.bytes || source.read(at, bytes.len())? != bytes {
                return Ok(There::Other);
            }
            at = end;
        }
        match at {
            at if at == source.bytes => Ok(There::Same),
            at if at == size => Ok(There::Beginning),
            _ => Err(Failure {
                kind: Kind::Unreachable,
                reason: format!("{key}: the answer was cut"),
            }),
        }
    }
}

async fn send_parts(
    source: &Source,
    upload: &mut dyn MultipartUpload,
) -> Result<PutResult, Failure> {
    for (from, length) in parts_of(source.bytes) {
        upload.put_part(source.read(from, length)?.into()).await?;
    }
    Ok(upload.complete().await?)
}

/// Where each part begins, and its length.
fn parts_of(bytes: u64) -> impl Iterator<Item = (u64, usize)> {
    let length = move |from: u64| usize::try_from((bytes - from).min(PART as u64)).unwrap_or(PART);
    (0..bytes).step_by(PART).map(move |from| (from, length(from)))
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::Arc};

    use object_store::memory::InMemory;

    use super::{super::queue, *};

    #[test]
    fn parts_are_all_of_a_file() {
        let part = PART as u64;
        for bytes in [0, 1, part - 1, part, part + 1, 3 * part, 3 * part + 7] {
            let mut at = 0;
            for (from, length) in parts_of(bytes) {
                assert!(from == at && length > 0 && length <= PART, "{bytes}");
                at += length as u64;
            }
            assert_eq!(at, bytes);
        }
    }

    #[test]
    fn the_contents_of_a_key_that_exists_decide() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let cases: [(&[u8], Option<Kind>); 5] = [
            (b"abcdef", None),
            (b"abc", None),
            (b"", None),
            (b"abcdeX", Some(Kind::Conflict)),
            (b"abcdefg", Some(Kind::Conflict)),
        ];
        for (before, refused) in cases {
            let dir = tempfile::tempdir().unwrap();
            let below = "date=2026-11-30/hour=21/a-0-0.parquet";
            let path = dir.path().join("snapshots").join(below);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "abcdef").unwrap();
            let root = queue::open_root(dir.path()).unwrap();
            let waiting = queue::Queue::read(&root).unwrap().groups;
            let sources = super::super::group::open(
                &root,
                below,
                &waiting[&(below.to_owned(), procnet_arrow::Table::Snapshots)],
            )
            .unwrap()
            .unwrap();
            let store = Arc::new(InMemory::new());
            let key = Path::parse(&sources[0].path).unwrap();
            let destination = Destination::of(store.clone());
            let (sent, after) = runtime.block_on(async {
                store.put(&key, before.to_vec().into()).await.unwrap();
                let sent = destination.send(&sources[0]).await;
                (sent, store.get(&key).await.unwrap().bytes().await.unwrap())
            });
            assert_eq!(sent.err().map(|failure| failure.kind), refused, "{before:?}");
            let expected = if refused.is_some() { before } else { b"abcdef" };
            assert_eq!(after, expected);
        }
    }
}
