//! Errors of recording and writing.

use std::{fmt, io, path::PathBuf};

use arrow_schema::ArrowError;

/// Why sockets could not be recorded or written.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// They could not be read.
    Procnet(procnet::Error),
    /// The output could not be written, or columns could not be encoded.
    Arrow(ArrowError),
    /// A Parquet file could not be written.
    #[cfg(feature = "parquet")]
    Parquet(::parquet::errors::ParquetError),
    /// A file or directory could not be created, renamed or synced.
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Another writer of the same name has the directory.
    InUse(PathBuf),
    /// Rows of this table, or their end, of a snapshot or event span that was not begun, or is lost and counted
    /// as such.
    NotBegun(crate::Table),
    /// The directory holds all it may, and nothing older may be deleted.
    Full {
        /// The directory.
        path: PathBuf,
        /// The bytes it may hold.
        limit: u64,
    },
}

impl Error {
    #[cfg(feature = "parquet")]
    pub(crate) fn io(path: impl Into<PathBuf>, cause: impl Into<io::Error>) -> Error {
        Error::Io { path: path.into(), cause: cause.into() }
    }

    /// The error of the operating system, if an output could not be written because of one.
    #[must_use]
    pub fn as_io(&self) -> Option<&io::Error> {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(self);
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return Some(error);
            }
            if let Some(ArrowError::IoError(_, error)) = error.downcast_ref() {
                return Some(error);
            }
            cause = error.source();
        }
        None
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = |path: &PathBuf| {
            use std::os::unix::ffi::OsStrExt as _;
            procnet::decode::escape::Escaped(path.as_os_str().as_bytes()).to_string()
        };
        match self {
            Error::Procnet(error) => error.fmt(f),
            Error::Arrow(_) => f.write_str("columns could not be written"),
            #[cfg(feature = "parquet")]
            Error::Parquet(_) => f.write_str("a Parquet file could not be written"),
            Error::Io { path: at, .. } => write!(f, "{}: cannot be written", path(at)),
            Error::InUse(at) => {
                write!(f, "{}: another process writes here under the same name", path(at))
            }
            Error::NotBegun(table) => {
                write!(f, "{}: what these rows belong to was not begun, or is lost", table.name())
            }
            Error::Full { path: at, limit } => write!(
                f,
                "{}: holds the {limit} bytes that it may; delete files, or allow more",
                path(at)
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Procnet(error) => std::error::Error::source(error),
            Error::Arrow(error) => Some(error),
            #[cfg(feature = "parquet")]
            Error::Parquet(error) => Some(error),
            Error::Io { cause, .. } => Some(cause),
            Error::InUse(_) | Error::NotBegun(_) | Error::Full { .. } => None,
        }
    }
}

impl From<procnet::Error> for Error {
    fn from(error: procnet::Error) -> Error {
        Error::Procnet(error)
    }
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Error {
        Error::Arrow(error)
    }
}

#[cfg(feature = "parquet")]
impl From<::parquet::errors::ParquetError> for Error {
    fn from(error: ::parquet::errors::ParquetError) -> Error {
        Error::Parquet(error)
    }
}
