//! Bodies of responses: bytes, files, streams of events.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::sync::mpsc;

/// A body.
pub(crate) enum Content {
    /// All of it.
    Whole(Option<Bytes>),
    /// What somebody sends, so many bytes altogether if that is known.
    Stream(mpsc::Receiver<Bytes>, Option<u64>),
}

impl Content {
    /// A body of these bytes.
    pub(crate) fn of(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Content::Whole((!bytes.is_empty()).then_some(bytes))
    }

    /// No body.
    pub(crate) fn none() -> Self {
        Content::Whole(None)
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Content::Whole(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            Content::Stream(receiver, left) => {
                let next = std::task::ready!(receiver.poll_recv(context));
                if let (Some(left), Some(bytes)) = (left, &next) {
                    *left = left.saturating_sub(bytes.len() as u64);
                }
                Poll::Ready(next.map(|b| Ok(Frame::data(b))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Content::Whole(bytes) => bytes.is_none(),
            Content::Stream(_, left) => *left == Some(0),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            Content::Stream(_, Some(left)) => SizeHint::with_exact(*left),
            Content::Stream(_, None) => SizeHint::default(),
        }
    }
}
