//! The page: what was counted, as metrics, by the encoder of the official client.

mod agent;
mod flows;
mod groups;
mod listeners;
mod sockets;
mod store;
mod uploads;

use std::{
    fmt::{self, Write as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use prometheus_client::{
    collector::Collector,
    encoding::{
        DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeLabelSet, prometheus_text,
        text,
    },
    metrics::MetricType,
    registry::Registry,
};

pub use self::{agent::Costs, sockets::Counted};
use crate::published::Page;

/// The media type of the OpenMetrics format.
pub const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The media type of the Prometheus text format.
pub const TEXT: &str = prometheus_text::CONTENT_TYPE;

/// Metrics that are encoded in both formats, from one value that is kept.
#[derive(Debug)]
pub struct Section<T> {
    value: Arc<Mutex<T>>,
    registry: Registry,
    openmetrics: String,
    text: String,
}

/// What a value is as metrics.
pub trait Metrics: fmt::Debug + Send + 'static {
    /// Encodes all families.
    ///
    /// # Errors
    ///
    /// The encoder's.
    fn encode(&self, families: &mut Families<'_, '_>) -> fmt::Result;
}

#[derive(Debug)]
struct Encoded<T>(Arc<Mutex<T>>);

impl<T: Metrics> Collector for Encoded<T> {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        lock(&self.0).encode(&mut Families { encoder: &mut encoder })
    }
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Metrics> Section<T> {
    /// The metrics of a value.
    pub fn new(value: T) -> Section<T> {
        let value = Arc::new(Mutex::new(value));
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Encoded(Arc::clone(&value))));
        Section { value, registry, openmetrics: String::new(), text: String::new() }
    }

    /// The value.
    pub fn value(&self) -> MutexGuard<'_, T> {
        lock(&self.value)
    }

    /// Encodes the value. Until the next call, the texts are those of now.
    pub fn encode(&mut self) {
        self.openmetrics.clear();
        self.text.clear();
        // Writing into a string cannot fail, and names and types are right: tests read the page.
        let _ = text::encode_registry(&mut self.openmetrics, &self.registry);
        let _ = prometheus_text::encode(&mut self.text, &self.registry);
    }

    /// The texts that were encoded last, in both formats: OpenMetrics without its end.
    pub fn texts(&self) -> (&str, &str) {
        (&self.openmetrics, &self.text)
    }
}

/// Both sections as the two pages.
pub fn join(sockets: (&str, &str), agent: (&str, &str)) -> (Page, Page) {
    let openmetrics = [sockets.0, agent.0, "# EOF\n"].concat();
    let text = [sockets.1, agent.1].concat();
    (Page::new(openmetrics.into_bytes()), Page::new(text.into_bytes()))
}

/// Encodes families one by one.
#[derive(Debug)]
pub struct Families<'e, 'd> {
    encoder: &'e mut DescriptorEncoder<'d>,
}

impl Families<'_, '_> {
    /// A family of gauges.
    pub(crate) fn gauges<L: EncodeLabelSet, V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (L, V)>,
    ) -> fmt::Result {
        self.values(name, help, MetricType::Gauge, series)
    }

    /// A single gauge.
    pub(crate) fn gauge(
        &mut self,
        name: &str,
        help: &str,
        value: impl EncodeGaugeValue,
    ) -> fmt::Result {
        self.gauges(name, help, [(NO_LABELS, value)])
    }

    /// A family of counters. Its series get the suffix `_total`.
    pub(crate) fn counters<L: EncodeLabelSet, V: EncodeCounterValue>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (L, V)>,
    ) -> fmt::Result {
        let mut family = self.encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in series {
            family
                .encode_family(&labels)?
                .encode_counter::<[(&str, &str); 0], V, f64>(&value, None)?;
        }
        Ok(())
    }

    /// A single counter.
    pub(crate) fn counter(
        &mut self,
        name: &str,
        help: &str,
        value: impl EncodeCounterValue,
    ) -> fmt::Result {
        self.counters(name, help, [(NO_LABELS, value)])
    }

    /// A family without a type.
    pub(crate) fn unknown<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (L, f64)>,
    ) -> fmt::Result {
        self.values(name, help, MetricType::Unknown, series)
    }

    /// A family of histograms: sum, count, and the buckets, each without those before it.
    pub(crate) fn histograms<'b, L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (L, f64, u64, &'b [(f64, u64)])>,
    ) -> fmt::Result {
        let mut family = self.encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (labels, sum, count, buckets) in series {
            family
                .encode_family(&labels)?
                .encode_histogram::<[(&str, &str); 0]>(sum, count, buckets, None)?;
        }
        Ok(())
    }

    fn values<L: EncodeLabelSet, V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        kind: MetricType,
        series: impl IntoIterator<Item = (L, V)>,
    ) -> fmt::Result {
        let mut family = self.encoder.encode_descriptor(name, help, None, kind)?;
        for (labels, value) in series {
            family.encode_family(&labels)?.encode_gauge(&value)?;
        }
        Ok(())
    }
}

const NO_LABELS: [(&str, &str); 0] = [];

/// A label of text that is only displayed.
fn shown(value: impl fmt::Display) -> String {
    let mut text = String::new();
    let _ = write!(text, "{value}");
    text
}
