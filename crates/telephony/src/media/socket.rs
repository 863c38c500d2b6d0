//! The media threads' system calls: one batched receive per socket and turn, taking a socket's connection back, and real-time
//! priority. This is the only file of the crate with `unsafe`, and each use says why it is sound.
//!
//! Not for: anything that `std` or `socket2` can do.

#![allow(unsafe_code)]

use std::io;
use std::net::{SocketAddr, UdpSocket};

/// Datagrams taken by one receive.
pub const BATCH: usize = 4;
/// Longer datagrams are cut; no RTP packet we understand is.
const DATAGRAM_BYTES: usize = 1_600;

/// Buffers for batched receives, one set per thread.
pub struct Batch {
    datagrams: Box<[[u8; DATAGRAM_BYTES]; BATCH]>,
    lengths: [usize; BATCH],
    from: [Option<SocketAddr>; BATCH],
}

impl Default for Batch {
    fn default() -> Batch {
        Batch { datagrams: Box::new([[0; DATAGRAM_BYTES]; BATCH]), lengths: [0; BATCH], from: [None; BATCH] }
    }
}

impl Batch {
    /// A datagram of the last receive and where it came from (`None`: from where the socket is connected to).
    pub fn datagram(&self, index: usize) -> (&[u8], Option<SocketAddr>) {
        (&self.datagrams[index][..self.lengths[index].min(DATAGRAM_BYTES)], self.from[index])
    }

    /// Takes what is there, at most [`BATCH`] datagrams, without waiting. Addresses are only found out for sockets that
    /// are not `connected`. Errors that belong to an earlier send (ICMP) count as nothing.
    #[cfg(target_os = "linux")]
    pub fn receive(&mut self, socket: &UdpSocket, connected: bool) -> usize {
        use std::os::fd::AsRawFd;
        // SAFETY: all-zero octets are a valid value of these C structures, whose pointers are set below.
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { std::mem::zeroed() };
        // SAFETY: as above; sockaddr_storage is plain data.
        let mut names: [libc::sockaddr_storage; BATCH] = unsafe { std::mem::zeroed() };
        let mut vectors = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; BATCH];
        for index in 0..BATCH {
            vectors[index].iov_base = self.datagrams[index].as_mut_ptr().cast();
            vectors[index].iov_len = DATAGRAM_BYTES;
            headers[index].msg_hdr.msg_iov = &raw mut vectors[index];
            headers[index].msg_hdr.msg_iovlen = 1;
            if !connected {
                headers[index].msg_hdr.msg_name = (&raw mut names[index]).cast();
                headers[index].msg_hdr.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            }
        }
        // SAFETY: `headers` holds BATCH entries; each points to one vector over one buffer of its stated length, and to a
        // name of its stated length or none. All of them live and are not moved until the call returns.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        let count = usize::try_from(count).unwrap_or(0).min(BATCH);
        for index in 0..count {
            self.lengths[index] = headers[index].msg_len as usize;
            self.from[index] = if connected { None } else { address(&names[index]) };
        }
        count
    }

    /// Takes what is there, one by one, where there is no batched receive.
    #[cfg(not(target_os = "linux"))]
    pub fn receive(&mut self, socket: &UdpSocket, connected: bool) -> usize {
        let mut count = 0;
        while count < BATCH {
            match socket.recv_from(&mut self.datagrams[count][..]) {
                Ok((length, from)) => {
                    self.lengths[count] = length;
                    self.from[count] = if connected { None } else { Some(from) };
                    count += 1;
                }
                Err(_) => break,
            }
        }
        count
    }
}

#[cfg(target_os = "linux")]
fn address(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    use std::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
    match libc::c_int::from(name.ss_family) {
        libc::AF_INET => {
            // SAFETY: the kernel wrote a sockaddr_in, as the family says; sockaddr_storage is large and aligned enough.
            let name = unsafe { &*std::ptr::from_ref(name).cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(name.sin_addr.s_addr));
            Some(SocketAddrV4::new(ip, u16::from_be(name.sin_port)).into())
        }
        libc::AF_INET6 => {
            // SAFETY: as above with sockaddr_in6.
            let name = unsafe { &*std::ptr::from_ref(name).cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(name.sin6_addr.s6_addr);
            Some(
                SocketAddrV6::new(ip, u16::from_be(name.sin6_port), name.sin6_flowinfo, name.sin6_scope_id)
                    .into(),
            )
        }
        _ => None,
    }
}

/// Takes back a socket's connection, so that it hears everybody again. Its own port stays if it was bound to by number;
/// one that the kernel chose is lost.
#[cfg(target_os = "linux")]
pub fn unconnect(socket: &UdpSocket) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    // SAFETY: all-zero octets are a valid sockaddr.
    let mut nowhere: libc::sockaddr = unsafe { std::mem::zeroed() };
    nowhere.sa_family = libc::AF_UNSPEC as libc::sa_family_t;
    // SAFETY: `nowhere` is a live sockaddr of the stated length; the descriptor is open as long as `socket` is borrowed.
    let result = unsafe {
        libc::connect(socket.as_raw_fd(), &raw const nowhere, size_of::<libc::sockaddr>() as libc::socklen_t)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Elsewhere a connected socket stays connected.
#[cfg(not(target_os = "linux"))]
pub fn unconnect(_socket: &UdpSocket) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Gives the calling thread real-time priority (SCHED_FIFO 1); needs CAP_SYS_NICE.
#[cfg(target_os = "linux")]
pub fn real_time_priority() -> io::Result<()> {
    // SAFETY: all-zero octets are a valid sched_param (it is integers only).
    let mut parameters: libc::sched_param = unsafe { std::mem::zeroed() };
    parameters.sched_priority = 1;
    // SAFETY: thread 0 is the caller; `parameters` lives through the call and is only read.
    let result = unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameters) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Elsewhere there is no such thing.
#[cfg(not(target_os = "linux"))]
pub fn real_time_priority() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn receive(batch: &mut Batch, socket: &UdpSocket, connected: bool) -> usize {
        let start = Instant::now();
        loop {
            let count = batch.receive(socket, connected);
            if count > 0 || start.elapsed() > Duration::from_secs(5) {
                return count;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn datagrams_come_with_their_sender_until_connected() {
        for host in ["127.0.0.1", "::1"] {
            let Ok(ours) = UdpSocket::bind((host, 0)) else {
                continue;
            };
            ours.set_nonblocking(true).unwrap();
            let theirs = UdpSocket::bind((host, 0)).unwrap();
            theirs.send_to(b"hello", ours.local_addr().unwrap()).unwrap();
            let mut batch = Batch::default();
            assert_eq!(receive(&mut batch, &ours, false), 1);
            assert_eq!(batch.datagram(0), (&b"hello"[..], Some(theirs.local_addr().unwrap())));

            ours.connect(theirs.local_addr().unwrap()).unwrap();
            let stranger = UdpSocket::bind((host, 0)).unwrap();
            stranger.send_to(b"stranger", ours.local_addr().unwrap()).unwrap();
            theirs.send_to(b"again", ours.local_addr().unwrap()).unwrap();
            assert_eq!(receive(&mut batch, &ours, true), 1);
            assert_eq!(batch.datagram(0), (&b"again"[..], None));
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn an_unconnected_socket_keeps_its_port() {
        let port = |n: u16| UdpSocket::bind(("127.0.0.1", n));
        let ours = (21_000..60_000).step_by(7).find_map(|n| port(n).ok()).unwrap();
        ours.set_nonblocking(true).unwrap();
        let before = ours.local_addr().unwrap();
        let theirs = UdpSocket::bind("127.0.0.1:0").unwrap();
        ours.connect(theirs.local_addr().unwrap()).unwrap();
        unconnect(&ours).unwrap();
        assert_eq!(ours.local_addr().unwrap(), before);
        let other = UdpSocket::bind("127.0.0.1:0").unwrap();
        other.send_to(b"x", before).unwrap();
        assert_eq!(receive(&mut Batch::default(), &ours, false), 1);
    }
}
