//! The N2FE interface, driven in process.

mod flows;
mod numbers;
mod people;
mod routes;
mod sessions;
mod sets;
mod site;
