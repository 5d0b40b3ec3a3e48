//! Compresses pages.

use crate::{error::Error, parquet::Compression};

/// A codec and what it keeps from page to page.
pub(super) enum Codec {
    Zstd(zstd::bulk::Compressor<'static>),
    Lz4,
    Snappy(Box<snap::raw::Encoder>),
    Uncompressed,
}

impl Codec {
    pub(super) fn new(compression: Compression) -> Result<Codec, Error> {
        Ok(match compression {
            Compression::Zstd => Codec::Zstd(zstd::bulk::Compressor::new(1).map_err(failed)?),
            Compression::Lz4 => Codec::Lz4,
            Compression::Snappy => Codec::Snappy(Box::new(snap::raw::Encoder::new())),
            Compression::Uncompressed => Codec::Uncompressed,
        })
    }

    pub(super) fn compress(&mut self, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
        match self {
            Codec::Zstd(zstd) => zstd.compress(&bytes).map_err(failed),
            Codec::Lz4 => Ok(lz4_flex::block::compress(&bytes)),
            Codec::Snappy(snappy) => snappy.compress_vec(&bytes).map_err(failed),
            Codec::Uncompressed => Ok(bytes),
        }
    }
}

fn failed(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Parquet(parquet::errors::ParquetError::External(Box::new(cause)))
}
