//! The signalling core in virtual time: whole calls, races and lost messages, without a socket.

mod bench;
mod calls;
mod dialling;
mod hostile;
mod midcall;
mod registering;
mod torture;
