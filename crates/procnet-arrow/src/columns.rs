//! Builders of single columns, filled row by row and taken batch by batch.

mod addresses;
mod numbers;
mod owners;
mod texts;
mod words;

pub(crate) use self::{
    addresses::Addresses, numbers::Sparse, owners::Owners, texts::Texts, words::Words,
};
