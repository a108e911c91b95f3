//! Sends MAILS copies of FILE over lettre's pool: pool HOST PORT MAILS CONNECTIONS FILE. The bytes are made once and shared,
//! which is the fastest that lettre can be used.
use std::{env, fs, sync::Arc};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor, address::Envelope, transport::smtp::PoolConfig,
};

#[tokio::main(worker_threads = 2)]
async fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let [host, port, mails, connections, file] = words.as_slice() else {
        panic!("pool HOST PORT MAILS CONNECTIONS FILE")
    };
    let (mails, connections): (usize, usize) = (mails.parse().unwrap(), connections.parse().unwrap());
    let bytes: Arc<Vec<u8>> = Arc::new(fs::read(file).unwrap());
    let pool = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.as_str())
        .port(port.parse().unwrap())
        .pool_config(PoolConfig::new().max_size(connections as u32))
        .build();
    let tasks: Vec<_> = (0..connections)
        .map(|task| {
            let (pool, bytes) = (pool.clone(), bytes.clone());
            tokio::spawn(async move {
                for nth in (task..mails).step_by(connections) {
                    let from: Address = "brief@example.org".parse().unwrap();
                    let to: Address = format!("reader{nth}@example.net").parse().unwrap();
                    let envelope = Envelope::new(Some(from), vec![to]).unwrap();
                    pool.send_raw(&envelope, &bytes).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}
