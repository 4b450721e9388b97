//! TLS to the servers: whom to trust, and what to show them.

use redis::{Client, ClientTlsConfig, ConnectionAddr, ConnectionInfo, RedisResult, TlsCertificates};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

/// Certificates in PEM.
#[derive(Clone, Default)]
pub(super) struct Certificates {
    pub(super) roots: Option<Vec<u8>>,
    /// The chain, and its private key.
    pub(super) client: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
}

impl Certificates {
    /// A client for an address that is spoken to by TLS; `None` for others.
    pub(super) fn client(&self, info: &ConnectionInfo) -> Option<RedisResult<Client>> {
        let ConnectionAddr::TcpTls { .. } = info.addr() else { return None };
        choose_provider();
        Some(Client::build_with_tls(info.clone(), self.read()))
    }

    /// Whether there is a certificate in each text, and a key where one has to be.
    pub(super) fn can_be_read(&self) -> bool {
        let certificates = |pem: &[u8]| {
            let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
            read.is_ok_and(|read| !read.is_empty())
        };
        self.roots.as_ref().is_none_or(|pem| certificates(pem))
            && self
                .client
                .as_ref()
                .is_none_or(|(chain, key)| certificates(chain) && PrivateKeyDer::from_pem_slice(key).is_ok())
    }

    pub(super) fn read(&self) -> TlsCertificates {
        let client = |(chain, key): &(Vec<u8>, Zeroizing<Vec<u8>>)| ClientTlsConfig {
            client_cert: chain.clone(),
            client_key: key.to_vec(),
        };
        TlsCertificates { client_tls: self.client.as_ref().map(client), root_cert: self.roots.clone() }
    }
}

/// The client takes the process's default, and panics if there is none and a program has several implementations linked.
/// One that the program has chosen stays.
fn choose_provider() {
    use rustls::crypto::{CryptoProvider, aws_lc_rs};
    if CryptoProvider::get_default().is_none() {
        // Another thread may have been first.
        let _ = aws_lc_rs::default_provider().install_default();
    }
}
