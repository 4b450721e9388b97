//! TLS: a server is believed by its certificate, and may ask for ours.

use std::fs;

use counterfoil::{Backend, PollOptions, RedisServers, RedisStore};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::server::Server;
use crate::support::{SECOND, Store, begin, complete, poll, word};

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["authority.example".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority");
        Self { pem: params.self_signed(&key).unwrap().pem(), issuer: Issuer::new(params, key) }
    }

    /// A certificate and its key, in PEM.
    fn sign(&self, names: &[&str]) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        // With its issuer's name it would count as signed by itself.
        params.distinguished_name.push(DnType::CommonName, "a holder");
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

fn store(servers: RedisServers) -> Store {
    RedisStore::builder(servers).key([7; 32]).limit(SECOND).build().unwrap()
}

#[tokio::test]
async fn a_server_and_its_clients_are_believed_by_their_certificates() {
    let authority = Authority::new();
    let (certificate, key) = authority.sign(&["127.0.0.1", "localhost"]);
    let dir = std::env::temp_dir().join(format!("counterfoil-tls-{}", std::process::id()));
    fs::create_dir_all(&dir).unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let [certificate, key, trusted] = [("cert.pem", &certificate), ("key.pem", &key), ("ca.pem", &authority.pem)]
        .map(|(name, text)| file(name, text));
    let port = crate::server::free_port();
    let listens = ["--tls-port", &port.to_string(), "--tls-cert-file", &certificate, "--tls-key-file", &key];
    let asks = ["--tls-ca-cert-file", &trusted, "--tls-auth-clients", "yes"];
    let Some(server) = Server::try_start(&[&listens[..], &asks].concat()) else {
        eprintln!("this server speaks no TLS: not tested");
        return;
    };
    let _ = fs::remove_dir_all(&dir);

    let (chain, secret) = authority.sign(&["counterfoil"]);
    let servers = || RedisServers::one(format!("rediss://127.0.0.1:{port}"));
    let trusting = || servers().root_certificates(authority.pem.clone());
    let known = store(trusting().client_certificate(chain.clone(), secret.clone()));
    let login = begin(&known).await;
    let (waiter, code) = (known.clone(), login.polling_code.clone());
    let waiting = tokio::spawn(async move { word(waiter.wait(&code, SECOND * 60, &PollOptions::new()).await) });
    while !server.cli(&["pubsub", "channels"]).contains("w:") {
        tokio::task::yield_now().await;
    }
    complete(&known, &login, "grant").await.unwrap();
    assert_eq!(waiting.await.unwrap(), "grant");

    // One that shows nothing, one that does not trust the server's authority, and one that trusts another.
    let other = Authority::new();
    for (who, servers) in [
        ("shows nothing", trusting()),
        ("trusts the public ones", servers().client_certificate(chain.clone(), secret.clone())),
        ("trusts another", servers().root_certificates(other.pem.clone()).client_certificate(chain, secret)),
    ] {
        assert_eq!(poll(&store(servers), &login).await, "unavailable", "{who}");
    }
    for servers in [servers().root_certificates("no PEM at all"), servers().client_certificate("x", "y")] {
        let built = RedisStore::<String>::builder(servers).key([7; 32]).build();
        assert_eq!(
            built.err(),
            Some(counterfoil::RedisBuildError::Certificate),
            "what is no certificate is refused at once"
        );
    }
}
