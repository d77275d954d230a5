//! The sketch has a `Timeout` among its settings, and no line that reads it: a downstream that hangs never fails.
// ANCHOR: stage4_poll
let mut this = self.project();
let Some(call) = this.inner.as_mut().as_pin_mut() else {
    let rejection = this.rejection.take().expect("it has not answered yet");
    return Poll::Ready(Err(rejection.into()));
};
let Poll::Ready(answer) = this.in_flight.watch(|| call.poll(cx)) else {
    return Poll::Pending;
};
let outcome = this.classify.classify(answer.as_ref());
this.in_flight.settle(Ending::Answered(outcome));
this.inner.set(None);
Poll::Ready(answer.map_err(BreakerError::Inner))
// ANCHOR_END: stage4_poll
