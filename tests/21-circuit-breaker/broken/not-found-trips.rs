//! Every error is a failure, whatever the classifier says: a hundred callers who ask for what is not there open the circuit for all others.
// ANCHOR: stage4_poll
let mut this = self.project();
let Some(call) = this.inner.as_mut().as_pin_mut() else {
    let rejection = this.rejection.take().expect("it has not answered yet");
    return Poll::Ready(Err(rejection.into()));
};
if let Poll::Ready(answer) = this.in_flight.watch(|| call.poll(cx)) {
    use crate::core::outcome::Outcome;
    let outcome = match answer {
        Ok(_) => Outcome::Success,
        Err(_) => Outcome::Failure,
    };
    this.in_flight.settle(Ending::Answered(outcome));
    this.inner.set(None);
    return Poll::Ready(answer.map_err(BreakerError::Inner));
}
let Some(timeout) = *this.timeout else {
    return Poll::Pending;
};
if this.timer.is_none() {
    this.timer.set(Some(sleep(timeout)));
}
let timer = this.timer.as_mut().as_pin_mut().expect("it was just set");
if pin!(unconstrained(timer)).poll(cx).is_pending() {
    return Poll::Pending;
}
this.in_flight.settle(Ending::TimedOut);
this.inner.set(None);
Poll::Ready(Err(BreakerError::TimedOut { after: timeout }))
// ANCHOR_END: stage4_poll
