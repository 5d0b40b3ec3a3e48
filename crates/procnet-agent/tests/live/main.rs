//! The agent from outside, on the running kernel, in namespaces of its own.

mod agent;
mod collector;
mod counts;
mod events;
mod flows;
mod http;
mod logs;
mod otlp;
mod page;
mod privilege;
mod reload;
mod s3;
mod store;
mod store_failures;
mod store_tables;
mod upload;
mod upload_store;
