//! Addresses at which `serve` listens, and why it cannot. What is answered there the rooms know.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::base::problem::{Place, Problem, Problems};

/// Listens where the config says, at `place`.
///
/// # Errors
/// The address is taken, or none of this machine.
pub async fn listen(address: SocketAddr, place: Option<Place>) -> Result<TcpListener, Problems> {
    TcpListener::bind(address).await.map_err(|error| {
        let problem = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                Problem::error(format!("{address} is taken: another program listens there"))
                    .hint(format!("`ss -ltnp 'sport = :{}'` names it; write another port, or end it", address.port()))
            }
            std::io::ErrorKind::PermissionDenied => Problem::error(format!("this user may not listen at {address}"))
                .hint("ports below 1024 are for root; write a larger one"),
            std::io::ErrorKind::AddrNotAvailable => {
                Problem::error(format!("{address} is not an address of this machine"))
                    .hint("`ip address` lists the addresses of this machine")
            }
            _ => Problem::error(format!("cannot listen at {address}: {error}")),
        };
        Problem { place, ..problem }.into()
    })
}
