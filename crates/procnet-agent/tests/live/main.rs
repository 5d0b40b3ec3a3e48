//! The agent from outside, on the running kernel, in namespaces of its own.

mod agent;
mod collector;
mod costs;
mod counts;
mod events;
mod flows;
mod http;
mod logs;
mod otlp;
mod page;
mod privilege;
mod queues;
mod reload;
mod s3;
mod store;
mod store_failures;
mod store_tables;
mod upload;
mod upload_store;
