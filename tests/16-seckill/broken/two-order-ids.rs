//! The sketch makes an id for the event's sake nowhere, and one for the answer's sake here.
// ANCHOR: stage4_place
if !reservation.replayed {
    let published = self.publisher.publish(&Order::of(reservation)).await;
    self.after_publish(published, reservation).await;
}
Answer::Accepted { order: OrderId(Uuid::now_v7().as_u128()), replayed: reservation.replayed }
// ANCHOR_END: stage4_place
