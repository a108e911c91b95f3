//! The memory of connections on which nothing moves.

use std::{path::Path, time::Duration};

use serde_json::json;
use tokio::{
    net::{TcpSocket, TcpStream},
    time::sleep,
};

use super::{client::Client, daemon::House};

/// The memory of a fresh `serve`, with so many connections that never said anything, and with as many that had one answer.
pub async fn measure(folder: &Path, connections: usize) {
    let silent = {
        let serve = House::new(folder);
        let daemon = serve.serve(&[]);
        sleep(Duration::from_secs(1)).await;
        let before = daemon.resident();
        let mut open = Vec::with_capacity(connections);
        for nth in 0..connections {
            open.push(connect(daemon.port, nth).await);
            if nth % 100 == 99 {
                // Who connects faster than is accepted waits a second for the next try.
                sleep(Duration::from_millis(5)).await;
            }
        }
        sleep(Duration::from_millis(500)).await;
        (before, daemon.resident(), alive(&open))
    };
    let answered = {
        let serve = House::new(folder);
        let daemon = serve.serve(&[]);
        sleep(Duration::from_secs(1)).await;
        let before = daemon.resident();
        let mut open = Vec::with_capacity(connections);
        for _ in 0..connections {
            let mut client = Client::connect(daemon.port).await;
            assert_eq!(client.get("/imprint").await.0, 200);
            open.push(client.into_stream());
        }
        sleep(Duration::from_millis(500)).await;
        (before, daemon.resident(), alive(&open))
    };
    for (state, (before, after, alive)) in [("silent", silent), ("after an answer", answered)] {
        println!(
            "{}",
            json!({
                "idle": state, "connections": connections, "alive": alive, "before_mb": before, "after_mb": after,
                "kb_each": (after - before) * 1024.0 / connections as f64,
            })
        );
    }
}

/// A connection from one of several addresses of this machine, as of many clients.
async fn connect(port: u16, nth: usize) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("127.0.1.{}:0", nth % 100 + 1).parse().unwrap()).unwrap();
    socket.connect(([127, 0, 0, 1], port).into()).await.unwrap()
}

/// How many were not closed.
fn alive(open: &[TcpStream]) -> usize {
    let is_open = |stream: &&TcpStream| matches!(stream.try_read(&mut [0; 1]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
    open.iter().filter(is_open).count()
}
