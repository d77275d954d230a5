//! The sketch's answer to a failed publish: put the unit back. It cannot know whether the broker has the message.
// ANCHOR: stage4_after_publish
match published {
    Published::Delivered => {}
    Published::Unknown | Published::NotSent => {
        let returned = self.stock.give_back(reservation.buyer, reservation.claim.order, reservation.unit).await;
        if let Err(error) = returned {
            tracing::warn!(%error, "and the unit is lost");
        }
    }
}
// ANCHOR_END: stage4_after_publish
