//! TLS: rustls, with the certificates that the host trusts.

use std::sync::Arc;

use ureq::tls::{RootCerts, TlsConfig};

/// The provider is named, as another one may be the default of a program.
pub(super) fn config() -> TlsConfig {
    TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}
