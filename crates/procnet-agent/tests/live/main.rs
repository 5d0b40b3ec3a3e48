//! The agent from outside, on the running kernel, in namespaces of its own.

mod agent;
mod counts;
mod events;
mod http;
mod otlp;
mod page;
mod privilege;
mod reload;
mod s3;
mod upload;
